-- Reads: {entitled}, {posted}, {share_row}, {share_moved}. Writes the run's own, still unattached
-- partitions: entitlement minus what was posted. A zero difference leaves no row, except the first
-- row of a covered member's current month. Reasons: rules/reasons.py, compared by the twin test.
INSERT INTO {waterfall} (
    run_id, member_id, premium_cents, expected_cents, received_cents, admin_fee_cents,
    reinsurance_cents, hospital_pool_cents, specialist_pool_cents, pharmacy_pool_cents,
    provider_cents, retained_cents, suspense_cents, withhold_cents, terms_id, coverage_month,
    covered_days, counted_days, age, sex, plan_code, rate_pmpm, risk, pcps, status, reason,
    zero_reason)
SELECT %(run_id)s, e.member_id,
       e.premium_cents - COALESCE(p.premium, 0), e.expected_cents - COALESCE(p.expected, 0),
       e.received_cents - COALESCE(p.received, 0), e.admin_fee - COALESCE(p.admin_fee, 0),
       e.reinsurance - COALESCE(p.reinsurance, 0), e.hospital_pool - COALESCE(p.hospital_pool, 0),
       e.specialist_pool - COALESCE(p.specialist_pool, 0),
       e.pharmacy_pool - COALESCE(p.pharmacy_pool, 0), e.provider - COALESCE(p.provider, 0),
       e.retained - COALESCE(p.retained, 0), e.suspense - COALESCE(p.suspense, 0),
       e.withhold - COALESCE(p.withhold, 0), e.terms_id, e.coverage_month, e.covered_days,
       e.counted_days, e.age, e.sex, e.plan_code, e.rate_pmpm, e.risk, e.pcps, e.status,
       CASE
           WHEN p.member_id IS NULL THEN
               CASE WHEN e.coverage_month = %(month)s::date THEN 'CURRENT'
                    WHEN e.is_covered THEN 'ADD' ELSE 'PREMIUM' END
           WHEN p.covered_days = 0 AND e.covered_days > 0 THEN
               CASE WHEN p.received = 0 THEN 'REINSTATE' ELSE 'ADD' END
           WHEN e.counted_days < p.counted_days OR e.covered_days = 0 AND p.covered_days > 0 THEN 'TERM'
           WHEN e.counted_days > p.counted_days THEN 'ADD'
           WHEN p.pcps IS DISTINCT FROM e.pcps THEN 'PCP_CHANGE'
           WHEN p.plan_code IS DISTINCT FROM e.plan_code THEN 'PLAN_CHANGE'
           WHEN p.status IS DISTINCT FROM e.status THEN 'STATUS'
           WHEN p.age IS DISTINCT FROM e.age OR p.sex IS DISTINCT FROM e.sex THEN 'AGE_BAND'
           WHEN p.risk IS DISTINCT FROM e.risk THEN 'RAF'
           WHEN p.rate_pmpm IS DISTINCT FROM e.rate_pmpm THEN 'RATE'
           WHEN p.terms_id IS DISTINCT FROM e.terms_id THEN 'TERMS'
           WHEN e.received_cents <> p.received OR e.premium_cents <> p.premium THEN 'PREMIUM'
           ELSE 'ERROR' END,
       e.zero_reason
FROM {entitled} AS e
LEFT JOIN {posted} AS p ON p.member_id = e.member_id AND p.coverage_month = e.coverage_month
WHERE p.member_id IS NULL AND (
          e.is_covered AND e.coverage_month = %(month)s::date
          OR e.received_cents <> 0 OR e.provider <> 0 OR e.premium_cents <> 0
          OR e.admin_fee <> 0 OR e.reinsurance <> 0 OR e.hospital_pool <> 0
          OR e.specialist_pool <> 0 OR e.pharmacy_pool <> 0 OR e.retained <> 0)
   OR p.member_id IS NOT NULL AND (
          e.premium_cents <> p.premium OR e.expected_cents <> p.expected
          OR e.received_cents <> p.received OR e.admin_fee <> p.admin_fee
          OR e.reinsurance <> p.reinsurance OR e.hospital_pool <> p.hospital_pool
          OR e.specialist_pool <> p.specialist_pool OR e.pharmacy_pool <> p.pharmacy_pool
          OR e.provider <> p.provider OR e.retained <> p.retained OR e.suspense <> p.suspense
          OR e.withhold <> p.withhold
          OR EXISTS (SELECT FROM {share_moved} AS moved
                     WHERE moved.member_id = e.member_id
                       AND moved.coverage_month = e.coverage_month));

INSERT INTO {share} (run_id, member_id, payee_id, practitioner_id, provider_cents, withhold_cents,
                     coverage_month, days)
SELECT %(run_id)s, member_id, payee_id, practitioner_id, provider_cents, withhold_cents,
       coverage_month, days
FROM {share_row};
