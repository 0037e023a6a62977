-- Whom the directory lists on a day, by role: who takes part there by a listing of a network whose
-- payer they take part with, and facilities in the network. Whoever takes no part, for whatever
-- reason, is not listed, and nothing says why.
-- Reads: the judgement of 01_judge_standing.sql, credentialing_networklisting,
-- credentialing_practitionerrole, credentialing_practitioner, credentialing_location,
-- credentialing_practice, credentialing_network, credentialing_language,
-- credentialing_adverseaction, credentialing_directorycheck, credentialing_facility,
-- credentialing_screeningmatch, credentialing_suspension, identity_party.
WITH judged AS MATERIALIZED (SELECT * FROM {judged}),
plans AS (
    SELECT l.role_id, string_agg(DISTINCT p.name || ': ' || n.name, '; ') AS networks
    FROM credentialing_networklisting AS l
    JOIN credentialing_network AS n ON n.id = l.network_id
    JOIN identity_party AS p ON p.id = n.payer_party_id
    JOIN credentialing_practitionerrole AS r ON r.id = l.role_id
    JOIN credentialing_location AS o ON o.id = r.location_id
    JOIN judged AS j ON j.practitioner_id = r.practitioner_id AND j.practice_id = o.practice_id
                    AND j.payer_party_id = n.payer_party_id
    WHERE l.superseded_no IS NULL AND l.effective_date <= %(day)s
      AND (l.end_date IS NULL OR l.end_date > %(day)s) AND j.standing = ANY (%(takes_part)s)
    GROUP BY l.role_id
), people AS (
    SELECT 'practitioner' AS kind, w.last_name || ', ' || w.first_name AS name, w.degree,
           r.specialty, q.name AS practice, o.line, o.city, o.state, o.zip_code, o.phone,
           coalesce((SELECT string_agg(DISTINCT g.language, ', ')
                     FROM credentialing_language AS g
                     WHERE g.practitioner_id = w.id AND g.superseded_at IS NULL), '') AS languages,
           r.panel = 'open' AND NOT EXISTS (
               SELECT FROM credentialing_adverseaction AS a
               WHERE a.practitioner_id = w.id AND a.kind = 'restriction' AND a.closes_panel
                 AND a.final_date <= %(day)s AND a.effective_date <= %(day)s
                 AND (a.ends_date IS NULL OR a.ends_date > %(day)s)
                 AND (a.lifted_date IS NULL OR a.lifted_date > %(day)s)) AS accepts,
           s.networks,
           (SELECT max(c.confirmed_date) FROM credentialing_directorycheck AS c
            WHERE c.location_id = o.id AND c.confirmed_date <= %(day)s) AS confirmed,
           r.id AS tie
    FROM plans AS s
    JOIN credentialing_practitionerrole AS r ON r.id = s.role_id
    JOIN credentialing_practitioner AS w ON w.id = r.practitioner_id
    JOIN credentialing_location AS o ON o.id = r.location_id
    JOIN credentialing_practice AS q ON q.id = o.practice_id
), places AS (
    SELECT 'facility' AS kind, coalesce(nullif(f.dba_name, ''), f.legal_name) AS name,
           '' AS degree, f.kind AS specialty, '' AS practice, f.line, f.city, f.state, f.zip_code,
           f.phone, '' AS languages, true AS accepts, '' AS networks, NULL::date AS confirmed,
           f.id AS tie
    FROM credentialing_facility AS f
    WHERE f.status = 'active'
      AND NOT EXISTS (SELECT FROM credentialing_suspension AS u
                      WHERE u.facility_id = f.id AND u.lifted_at IS NULL
                        AND u.effective_date <= %(day)s)
      AND NOT EXISTS (SELECT FROM credentialing_screeningmatch AS m
                      WHERE m.subject_key = 'facility:' || f.id
                        AND (m.is_stopped OR (m.status = ANY (%(undecided)s)
                                              AND m.gone_at IS NULL)))
)
SELECT * FROM people UNION ALL SELECT * FROM places
