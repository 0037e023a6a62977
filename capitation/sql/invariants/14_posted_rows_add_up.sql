-- Every row of a posted run: its components are what was received, its payees' shares are the
-- provider's part, and each (run, member, month) and payee stands there once.
SELECT w.run_id, w.member_id, w.coverage_month, 'shares' AS what
FROM capitation_waterfall AS w
JOIN capitation_run AS run ON run.id = w.run_id AND run.status = 'posted'
LEFT JOIN (
    SELECT run_id, member_id, coverage_month, sum(provider_cents) AS provider,
           sum(withhold_cents) AS withheld, count(*) AS parts,
           count(DISTINCT (payee_id, practitioner_id)) AS payees
    FROM capitation_share GROUP BY run_id, member_id, coverage_month
) AS s ON s.run_id = w.run_id AND s.member_id = w.member_id AND s.coverage_month = w.coverage_month
WHERE w.provider_cents <> COALESCE(s.provider, 0) OR w.withhold_cents <> COALESCE(s.withheld, 0)
   OR s.parts <> s.payees
   OR w.received_cents <> w.admin_fee_cents + w.reinsurance_cents + w.hospital_pool_cents
      + w.specialist_pool_cents + w.pharmacy_pool_cents + w.provider_cents + w.retained_cents
      + w.suspense_cents
