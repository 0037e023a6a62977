-- Every row's components add up to what was received.
SELECT member_id, coverage_month FROM capitation_waterfall
WHERE run_id = %(run_id)s
  AND received_cents <> admin_fee_cents + reinsurance_cents + hospital_pool_cents
      + specialist_pool_cents + pharmacy_pool_cents + provider_cents + retained_cents
      + suspense_cents
