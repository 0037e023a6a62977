-- Reads: shares and waterfall rows of the runs to be stated. Answers where the plan's money for a
-- payee's members went. A row whose shares did not change (the plan paid differently, the rate is
-- flat) belongs to the payees that its PCPs were paid through.
SELECT mine.payee_id,
       sum(w.received_cents)::bigint AS received, sum(w.admin_fee_cents)::bigint AS admin_fee,
       sum(w.reinsurance_cents)::bigint AS reinsurance,
       sum(w.hospital_pool_cents)::bigint AS hospital_pool,
       sum(w.specialist_pool_cents)::bigint AS specialist_pool,
       sum(w.pharmacy_pool_cents)::bigint AS pharmacy_pool,
       sum(w.provider_cents)::bigint AS provider, sum(w.retained_cents)::bigint AS retained,
       sum(w.suspense_cents)::bigint AS suspense
FROM (
    SELECT DISTINCT payee_id, run_id, member_id, coverage_month
    FROM capitation_share WHERE run_id = ANY (%(runs)s::bigint[])
    UNION
    SELECT split_part(split_part(pcp, '@', 2), ':', 1)::bigint, w.run_id, w.member_id,
           w.coverage_month
    FROM capitation_waterfall AS w
    CROSS JOIN LATERAL string_to_table(w.pcps, ',') AS pcp
    WHERE w.run_id = ANY (%(runs)s::bigint[])
      AND NOT EXISTS (SELECT FROM capitation_share AS s
                      WHERE s.run_id = w.run_id AND s.member_id = w.member_id
                        AND s.coverage_month = w.coverage_month)
) AS mine
JOIN capitation_waterfall AS w
  ON w.run_id = mine.run_id AND w.member_id = mine.member_id
 AND w.coverage_month = mine.coverage_month AND w.run_id = ANY (%(runs)s::bigint[])
WHERE mine.payee_id <> %(unassigned)s
GROUP BY mine.payee_id
