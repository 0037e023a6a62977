-- Reads: shares and waterfall rows of the runs to be stated. Answers what each payee earned by run,
-- coverage month and reason, and for how many members (of several PCPs of a payee, once).
SELECT line.payee_id, line.run_id, line.coverage_month, w.reason,
       sum(line.provider_cents)::bigint AS provider_cents,
       sum(line.withhold_cents)::bigint AS withhold_cents,
       count(*) FILTER (WHERE line.provider_cents <> 0 OR line.withhold_cents <> 0) AS members
FROM (
    SELECT payee_id, run_id, member_id, coverage_month, sum(provider_cents) AS provider_cents,
           sum(withhold_cents) AS withhold_cents
    FROM capitation_share
    WHERE run_id = ANY (%(runs)s::bigint[]) AND payee_id <> %(unassigned)s
    GROUP BY payee_id, run_id, member_id, coverage_month
) AS line
JOIN capitation_waterfall AS w
  ON w.run_id = line.run_id AND w.member_id = line.member_id
 AND w.coverage_month = line.coverage_month AND w.run_id = ANY (%(runs)s::bigint[])
GROUP BY line.payee_id, line.run_id, line.coverage_month, w.reason
ORDER BY line.payee_id, line.run_id, line.coverage_month DESC, w.reason
