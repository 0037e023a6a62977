-- Everybody's place with each payer on a day, and at which standing: the twin of `judge` in
-- rules/participation.py for a whole network at once. Names are read by whoever lists it.
-- Reads: credentialing_participation, credentialing_decision, credentialing_credentialingevent,
-- credentialing_earlierdecision, credentialing_credential, credentialing_screeningmatch,
-- credentialing_listentry, credentialing_adverseaction.
-- A payer that was never joined is an approval that no network follows yet.
-- `people` are those who are asked for; null asks for everybody, and costs nothing to have asked.
-- Most take part on the day, licensed and on no list: only the others are put in order, grouped
-- and joined by more than one key, so that judging everybody stays cheap.
WITH newest AS (
    SELECT DISTINCT ON (e.practitioner_id)
           e.practitioner_id, d.id, d.outcome, d.ends_date, d.next_due_date
    FROM credentialing_decision AS d
    JOIN credentialing_credentialingevent AS e ON e.id = d.event_id
    WHERE e.practitioner_id IS NOT NULL AND d.decision_date <= %(day)s
      AND (%(people)s::bigint[] IS NULL OR e.practitioner_id = ANY (%(people)s::bigint[]))
    ORDER BY e.practitioner_id, d.decision_date DESC, d.id DESC
), decided AS (
    -- What is denied stands once it is final; what was reversed is approved.
    SELECT n.practitioner_id,
           CASE WHEN n.outcome = 'denied' AND (a.id IS NULL OR a.final_date <= %(day)s)
                    THEN 'denied'
                WHEN n.outcome = 'denied' AND a.reversed_date <= %(day)s
                    THEN CASE WHEN a.next_due_date < %(day)s THEN 'lapsed' ELSE 'credentialed' END
                WHEN n.outcome = 'denied' THEN 'contested'
                WHEN n.ends_date <= %(day)s THEN 'lapsed'
                WHEN n.ends_date IS NOT NULL THEN 'provisional'
                WHEN n.next_due_date < %(day)s THEN 'lapsed'
                WHEN n.outcome = 'approved_conditions' THEN 'conditions'
                ELSE 'credentialed' END AS standing
    FROM newest AS n
    LEFT JOIN credentialing_adverseaction AS a ON n.outcome = 'denied' AND a.decision_id = n.id
), near AS (
    -- Days that hold on the day: one span with a payer at most. Only if there is none, the last
    -- before, or the next; then only who is denied stands worse.
    SELECT practitioner_id, payer_party_id, practice_id, NULL AS instead
    FROM credentialing_participation
    WHERE superseded_no IS NULL AND effective_date <= %(day)s
      AND (end_date IS NULL OR end_date > %(day)s)
      AND (%(people)s::bigint[] IS NULL OR practitioner_id = ANY (%(people)s::bigint[]))
    UNION ALL
    (SELECT DISTINCT ON (practitioner_id, payer_party_id)
            practitioner_id, payer_party_id, practice_id,
            CASE WHEN effective_date > %(day)s THEN 'to_come' ELSE 'ended' END
     FROM credentialing_participation AS s
     WHERE superseded_no IS NULL AND (end_date IS NULL OR end_date > effective_date)
       AND (effective_date > %(day)s OR end_date <= %(day)s)
       AND (%(people)s::bigint[] IS NULL OR practitioner_id = ANY (%(people)s::bigint[]))
       AND NOT EXISTS (SELECT FROM credentialing_participation AS h
                       WHERE h.superseded_no IS NULL AND h.effective_date <= %(day)s
                         AND (h.end_date IS NULL OR h.end_date > %(day)s)
                         AND h.practitioner_id = s.practitioner_id
                         AND h.payer_party_id = s.payer_party_id)
     ORDER BY practitioner_id, payer_party_id, effective_date > %(day)s, effective_date DESC)
), found AS (
    -- What is known of a few only: lists, licences that are over, limits, decisions of others.
    SELECT split_part(m.subject_key, ':', 2)::bigint AS practitioner_id,
           CASE WHEN (n.effective_date IS NULL OR n.effective_date <= %(day)s)
                     AND (m.is_stopped
                          OR (m.status = 'reinstated' AND m.reinstated_date > %(day)s))
                    THEN 'excluded'
                WHEN m.is_stopped OR (m.status = ANY (%(undecided)s) AND m.gone_at IS NULL)
                    THEN 'match' END AS what
    FROM credentialing_screeningmatch AS m
    JOIN credentialing_listentry AS n ON n.id = m.entry_id
    WHERE m.subject_key LIKE 'practitioner:%'
      AND (m.is_stopped OR m.status = 'reinstated'
           OR (m.status = ANY (%(undecided)s) AND m.gone_at IS NULL))
    UNION ALL
    SELECT c.practitioner_id, 'unlicensed'
    FROM credentialing_credential AS c
    WHERE c.kind = 'licence' AND c.superseded_at IS NULL AND c.practitioner_id IS NOT NULL
      AND c.expires_date < %(day)s
      AND (%(people)s::bigint[] IS NULL OR c.practitioner_id = ANY (%(people)s::bigint[]))
      AND NOT EXISTS (SELECT FROM credentialing_credential AS l
                      WHERE l.practitioner_id = c.practitioner_id AND l.kind = 'licence'
                        AND l.superseded_at IS NULL AND l.expires_date >= %(day)s)
    UNION ALL
    SELECT practitioner_id, 'limited'
    FROM credentialing_adverseaction
    WHERE kind = 'restriction' AND final_date <= %(day)s AND effective_date <= %(day)s
      AND (ends_date IS NULL OR ends_date > %(day)s)
      AND (lifted_date IS NULL OR lifted_date > %(day)s)
    UNION ALL
    SELECT practitioner_id, 'due elsewhere'
    FROM credentialing_earlierdecision
    WHERE superseded_at IS NULL AND practitioner_id IS NOT NULL AND next_due_date < %(day)s
), few AS (
    SELECT practitioner_id,
           bool_or(what = 'excluded') AS is_excluded, bool_or(what = 'match') AS has_match,
           bool_or(what = 'unlicensed') AS is_unlicensed, bool_or(what = 'limited') AS is_limited,
           bool_or(what = 'due elsewhere') AS is_due
    FROM found GROUP BY practitioner_id
)
SELECT coalesce(n.practitioner_id, d.practitioner_id) AS practitioner_id,
       n.payer_party_id, n.practice_id,
       CASE WHEN f.is_excluded THEN 'excluded'
            WHEN f.has_match THEN 'open_match'
            WHEN d.standing = 'denied' THEN 'denied'
            WHEN n.practitioner_id IS NULL THEN 'nowhere'
            WHEN n.instead IS NOT NULL THEN n.instead
            WHEN f.is_unlicensed THEN 'unlicensed'
            WHEN d.standing IS NULL THEN CASE WHEN f.is_due THEN 'lapsed' ELSE 'taken_over' END
            WHEN f.is_limited AND d.standing = 'credentialed' THEN 'conditions'
            ELSE d.standing END AS standing
FROM near AS n
FULL JOIN decided AS d ON d.practitioner_id = n.practitioner_id
LEFT JOIN few AS f ON f.practitioner_id = coalesce(n.practitioner_id, d.practitioner_id)
WHERE n.practitioner_id IS NOT NULL OR d.standing NOT IN ('denied', 'contested')
