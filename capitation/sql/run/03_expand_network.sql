-- Reads: participation and exclusivity with this payer known at the snapshot. Writes {network}:
-- everybody's whole time line, to the practice that is paid, or to the unassigned party where they
-- do not participate, so that a join finds a payee for every day. Where a practice becomes, or ends
-- to be, exclusive with the payer, its lines are cut.
CREATE UNLOGGED TABLE {network} AS
WITH taking_part AS (
    SELECT p.practitioner_id, practice.party_id AS payee_id, p.effective_date AS from_day,
           COALESCE(p.end_date, 'infinity'::date) AS to_day
    FROM credentialing_participation AS p
    JOIN credentialing_practice AS practice ON practice.id = p.practice_id
    WHERE p.payer_party_id = %(payer_party_id)s
      AND p.fact_no <= %(snapshot)s
      AND (p.superseded_no IS NULL OR p.superseded_no > %(snapshot)s)
      AND (p.end_date IS NULL OR p.end_date > p.effective_date)
),
gaps AS (
    SELECT practitioner_id, %(unassigned)s::bigint AS payee_id, to_day AS from_day,
           lead(from_day, 1, 'infinity'::date)
               OVER (PARTITION BY practitioner_id ORDER BY from_day) AS to_day
    FROM (
        SELECT practitioner_id, from_day, to_day FROM taking_part
        UNION ALL
        SELECT id, '-infinity'::date, '-infinity'::date FROM credentialing_practitioner
    ) AS ends
),
exclusive AS (
    SELECT practice.party_id AS payee_id, e.effective_date AS from_day,
           COALESCE(e.end_date, 'infinity'::date) AS to_day
    FROM credentialing_exclusivity AS e
    JOIN credentialing_practice AS practice ON practice.id = e.practice_id
    WHERE e.payer_party_id = %(payer_party_id)s
      AND e.fact_no <= %(snapshot)s
      AND (e.superseded_no IS NULL OR e.superseded_no > %(snapshot)s)
      AND (e.end_date IS NULL OR e.end_date > e.effective_date)
),
line AS (
    SELECT practitioner_id, payee_id, from_day, to_day FROM taking_part
    UNION ALL
    SELECT practitioner_id, payee_id, from_day, to_day FROM gaps WHERE from_day < to_day
)
SELECT l.practitioner_id, l.payee_id, part.from_day, part.to_day,
       EXISTS (SELECT FROM exclusive AS x
               WHERE x.payee_id = l.payee_id AND x.from_day <= part.from_day
                 AND x.to_day > part.from_day) AS is_exclusive,
       l.practitioner_id || '@' || l.payee_id || ':' AS label
FROM line AS l
CROSS JOIN LATERAL (
    SELECT edge AS from_day, lead(edge, 1, l.to_day) OVER (ORDER BY edge) AS to_day
    FROM (
        SELECT l.from_day AS edge
        UNION
        SELECT unnest(ARRAY[x.from_day, x.to_day]) FROM exclusive AS x
        WHERE x.payee_id = l.payee_id
    ) AS edges
    WHERE edge >= l.from_day AND edge < l.to_day
) AS part
-- Days that no month within reach counts would only be met and left again, member by member.
WHERE part.from_day < (SELECT max(next_month) FROM {terms})
  AND part.to_day > (SELECT min(coverage_month) FROM {terms});
ANALYZE {network};
