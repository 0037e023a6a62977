-- Reads: participation with this payer known at the snapshot. Writes {network}: everybody's whole
-- time line, to the practice that is paid, or to the unassigned party where they do not
-- participate, so that a join finds a payee for every day.
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
)
SELECT practitioner_id, payee_id, from_day, to_day FROM taking_part
UNION ALL
SELECT practitioner_id, payee_id, from_day, to_day FROM gaps WHERE from_day < to_day;
ANALYZE {network};
