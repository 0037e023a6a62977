-- Whom the directory lists on a day, by role: who takes part there by a listing of a network whose
-- payer they take part with, and facilities in the network. Whoever takes no part, for whatever
-- reason, is not listed, and nothing says why. Everybody is judged once, for the count and the
-- page; what stands on a line beside its name is read of the lines of the page only.
-- Reads: the judgement of 01_judge_standing.sql, credentialing_networklisting,
-- credentialing_practitionerrole, credentialing_practitioner, credentialing_location,
-- credentialing_practice, credentialing_network, credentialing_language,
-- credentialing_adverseaction, credentialing_directorycheck, credentialing_facilitycheck,
-- credentialing_facility, credentialing_screeningmatch, credentialing_suspension, identity_party.
WITH judged AS MATERIALIZED (
    SELECT practitioner_id, practice_id, payer_party_id FROM {judged} AS everybody
    WHERE standing = ANY (%(takes_part)s)
), listings AS MATERIALIZED (
    SELECT l.role_id, n.name, n.payer_party_id, r.practitioner_id, o.practice_id
    FROM credentialing_networklisting AS l
    JOIN credentialing_network AS n ON n.id = l.network_id
    JOIN credentialing_practitionerrole AS r ON r.id = l.role_id
    JOIN credentialing_location AS o ON o.id = r.location_id
    JOIN judged AS j ON j.practitioner_id = r.practitioner_id AND j.practice_id = o.practice_id
                    AND j.payer_party_id = n.payer_party_id
    WHERE l.superseded_no IS NULL AND l.effective_date <= %(day)s
      AND (l.end_date IS NULL OR l.end_date > %(day)s)
), closed AS MATERIALIZED (
    SELECT a.practitioner_id
    FROM credentialing_adverseaction AS a
    WHERE a.kind = 'restriction' AND a.closes_panel
      AND a.final_date <= %(day)s AND a.effective_date <= %(day)s
      AND (a.ends_date IS NULL OR a.ends_date > %(day)s)
      AND (a.lifted_date IS NULL OR a.lifted_date > %(day)s)
), entries AS (
    SELECT 'practitioner' AS kind, w.last_name || ', ' || w.first_name AS name, w.degree,
           r.specialty, q.name AS practice, o.line, o.city, o.state, o.zip_code, o.phone,
           w.id AS practitioner_id, o.id AS location_id, r.id AS tie,
           r.panel = 'open' AND w.id NOT IN (SELECT practitioner_id FROM closed) AS accepts
    FROM credentialing_practitionerrole AS r
    JOIN credentialing_practitioner AS w ON w.id = r.practitioner_id
    JOIN credentialing_location AS o ON o.id = r.location_id
    JOIN credentialing_practice AS q ON q.id = o.practice_id
    WHERE r.id IN (SELECT role_id FROM listings)
    UNION ALL
    SELECT 'facility', coalesce(nullif(f.dba_name, ''), f.legal_name), '', f.kind, '', f.line,
           f.city, f.state, f.zip_code, f.phone, NULL, NULL, f.id, true
    FROM credentialing_facility AS f
    WHERE f.status = 'active'
      AND NOT EXISTS (SELECT FROM credentialing_suspension AS u
                      WHERE u.facility_id = f.id AND u.lifted_at IS NULL
                        AND u.effective_date <= %(day)s)
      AND NOT EXISTS (SELECT FROM credentialing_screeningmatch AS m
                      WHERE m.subject_key = 'facility:' || f.id
                        AND (m.is_stopped OR (m.status = ANY (%(undecided)s)
                                              AND m.gone_at IS NULL)))
), listed AS (SELECT * FROM entries AS e WHERE {wanted}),
page AS (SELECT * FROM listed ORDER BY {order} LIMIT %(most)s OFFSET %(skip)s),
networks AS (
    SELECT l.role_id, string_agg(DISTINCT p.name || ': ' || l.name, '; ') AS names
    FROM (
        SELECT of.role_id, of.name, of.payer_party_id
        FROM page AS e JOIN listings AS of ON of.role_id = e.tie
        WHERE e.kind = 'practitioner' OFFSET 0
    ) AS l
    JOIN identity_party AS p ON p.id = l.payer_party_id
    GROUP BY l.role_id
)
SELECT t.found, e.kind, e.name, e.degree, e.specialty, e.practice, e.line, e.city, e.state,
       e.zip_code, e.phone,
       coalesce((SELECT string_agg(DISTINCT g.language, ', ')
                 FROM credentialing_language AS g
                 WHERE g.practitioner_id = e.practitioner_id AND g.superseded_at IS NULL), ''),
       e.accepts, coalesce(s.names, ''),
       CASE e.kind
       WHEN 'facility' THEN (SELECT max(c.confirmed_date) FROM credentialing_facilitycheck AS c
                             WHERE c.facility_id = e.tie AND c.confirmed_date <= %(day)s)
       ELSE (SELECT max(c.confirmed_date) FROM credentialing_directorycheck AS c
             WHERE c.location_id = e.location_id AND c.confirmed_date <= %(day)s) END
FROM (SELECT count(*) AS found FROM listed) AS t
LEFT JOIN page AS e ON true
LEFT JOIN networks AS s ON e.kind = 'practitioner' AND s.role_id = e.tie
ORDER BY {order}
