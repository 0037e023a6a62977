-- Everybody's place with each payer on a day, and at which standing: the twin of `judge` in
-- rules/participation.py for a whole network at once, with what a list of it searches and sorts by.
-- Reads: credentialing_participation, credentialing_decision, credentialing_credentialingevent,
-- credentialing_earlierdecision, credentialing_credential, credentialing_screeningmatch,
-- credentialing_listentry, credentialing_practitioner, credentialing_practice,
-- credentialing_adverseaction, identity_party,
-- ledger_hold.
-- A payer that was never joined is an approval that no network follows yet.
WITH near AS (
    -- The days that hold on the day; else the last before, or the next.
    SELECT DISTINCT ON (practitioner_id, payer_party_id)
           practitioner_id, payer_party_id, practice_id, effective_date, end_date
    FROM credentialing_participation
    WHERE superseded_no IS NULL AND (end_date IS NULL OR end_date > effective_date)
    ORDER BY practitioner_id, payer_party_id,
             CASE WHEN effective_date > %(day)s THEN 2
                  WHEN end_date IS NULL OR end_date > %(day)s THEN 0 ELSE 1 END,
             effective_date DESC
), decided AS (
    SELECT DISTINCT ON (e.practitioner_id)
           e.practitioner_id, d.ends_date,
           -- What is denied stands once it is final; what was reversed is approved.
           CASE WHEN d.outcome <> 'denied' OR a.id IS NULL OR a.final_date <= %(day)s THEN d.outcome
                WHEN a.reversed_date <= %(day)s THEN 'approved'
                ELSE 'contested' END AS outcome,
           CASE WHEN a.reversed_date <= %(day)s THEN a.next_due_date
                ELSE d.next_due_date END AS next_due_date
    FROM credentialing_decision AS d
    JOIN credentialing_credentialingevent AS e ON e.id = d.event_id
    LEFT JOIN credentialing_adverseaction AS a ON a.decision_id = d.id
    WHERE e.practitioner_id IS NOT NULL AND d.decision_date <= %(day)s
    ORDER BY e.practitioner_id, d.decision_date DESC, d.id DESC
), licensed AS (
    SELECT practitioner_id, max(expires_date) AS last_day
    FROM credentialing_credential
    WHERE kind = 'licence' AND superseded_at IS NULL AND practitioner_id IS NOT NULL
    GROUP BY practitioner_id
), listed AS (
    SELECT split_part(m.subject_key, ':', 2)::bigint AS practitioner_id,
           bool_or((n.effective_date IS NULL OR n.effective_date <= %(day)s)
                   AND (m.is_stopped
                        OR (m.status = 'reinstated' AND m.reinstated_date > %(day)s)))
               AS is_excluded,
           bool_or(m.is_stopped OR (m.status = ANY (%(undecided)s) AND m.gone_at IS NULL))
               AS has_match
    FROM credentialing_screeningmatch AS m
    JOIN credentialing_listentry AS n ON n.id = m.entry_id
    WHERE m.subject_key LIKE 'practitioner:%'
      AND (m.is_stopped OR m.status = 'reinstated'
           OR (m.status = ANY (%(undecided)s) AND m.gone_at IS NULL))
    GROUP BY m.subject_key
), limited AS (
    SELECT DISTINCT practitioner_id
    FROM credentialing_adverseaction
    WHERE kind = 'restriction' AND GREATEST(final_date, effective_date) <= %(day)s
      AND final_date IS NOT NULL AND (ends_date IS NULL OR ends_date > %(day)s)
), placed AS (
    SELECT * FROM near
    UNION ALL
    SELECT d.practitioner_id, NULL, NULL, NULL, NULL
    FROM decided AS d
    WHERE d.outcome NOT IN ('denied', 'contested')
      AND NOT EXISTS (SELECT FROM near AS n WHERE n.practitioner_id = d.practitioner_id)
)
SELECT a.practitioner_id, a.payer_party_id,
       CASE WHEN l.is_excluded THEN 'excluded'
            WHEN l.has_match THEN 'open_match'
            WHEN d.outcome = 'denied' THEN 'denied'
            WHEN a.effective_date <= %(day)s AND a.end_date <= %(day)s THEN 'ended'
            WHEN a.effective_date > %(day)s THEN 'to_come'
            WHEN a.effective_date IS NULL THEN 'nowhere'
            WHEN c.last_day < %(day)s THEN 'unlicensed'
            WHEN d.ends_date <= %(day)s THEN 'lapsed'
            WHEN d.ends_date IS NULL AND d.next_due_date < %(day)s THEN 'lapsed'
            WHEN d.outcome = 'contested' THEN 'contested'
            WHEN d.outcome IS NULL AND b.next_due_date < %(day)s THEN 'lapsed'
            WHEN d.outcome IS NULL THEN 'taken_over'
            WHEN d.ends_date IS NOT NULL THEN 'provisional'
            WHEN d.outcome = 'approved_conditions' OR m.practitioner_id IS NOT NULL
                THEN 'conditions'
            ELSE 'credentialed' END AS standing,
       coalesce(r.party_id IN (SELECT h.party_id FROM ledger_hold AS h
                               WHERE h.released_at IS NULL), false) AS is_held,
       w.last_name || ', ' || w.first_name AS name, w.npi,
       coalesce(r.name, '') AS practice, coalesce(p.name, '') AS plan
FROM placed AS a
JOIN credentialing_practitioner AS w ON w.id = a.practitioner_id
LEFT JOIN decided AS d ON d.practitioner_id = a.practitioner_id
LEFT JOIN credentialing_earlierdecision AS b
  ON b.practitioner_id = a.practitioner_id AND b.superseded_at IS NULL
LEFT JOIN licensed AS c ON c.practitioner_id = a.practitioner_id
LEFT JOIN limited AS m ON m.practitioner_id = a.practitioner_id
LEFT JOIN listed AS l ON l.practitioner_id = a.practitioner_id
LEFT JOIN credentialing_practice AS r ON r.id = a.practice_id
LEFT JOIN identity_party AS p ON p.id = a.payer_party_id
