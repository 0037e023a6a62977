-- Reads: shares and waterfall rows of the runs to be stated. Answers how many members of the month
-- itself are paid, and who is listed at $0 and why; over several runs of the month, the last says.
SELECT payee_id, CASE WHEN cents = 0 THEN zero_reason END AS zero_reason, count(*) AS members,
       CASE WHEN bool_and(cents = 0) THEN array_agg(member_id ORDER BY member_id) END AS member_ids
FROM (
    SELECT s.payee_id, s.member_id, sum(s.provider_cents) AS cents,
           (array_agg(w.zero_reason ORDER BY s.run_id DESC))[1] AS zero_reason
    FROM capitation_share AS s
    JOIN capitation_waterfall AS w
      ON w.run_id = s.run_id AND w.member_id = s.member_id
     AND w.coverage_month = s.coverage_month AND w.run_id = ANY (%(runs)s::bigint[])
    WHERE s.run_id = ANY (%(runs)s::bigint[]) AND s.payee_id <> %(unassigned)s
      AND s.coverage_month = %(month)s::date
    GROUP BY s.payee_id, s.member_id
) AS member
WHERE cents <> 0 OR zero_reason IS NOT NULL
GROUP BY payee_id, cents = 0, CASE WHEN cents = 0 THEN zero_reason END
ORDER BY payee_id, 2 NULLS FIRST
