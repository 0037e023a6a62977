-- Reads: {atom}, {several_due}, {money}, {terms}, {posted}, {share_moved}. Writes {entitled}, the
-- waterfall step by step in the order of the terms, of which what is left is retained; and
-- {waterfall_rows}, the run's rows, which are that minus what was posted. A zero difference leaves
-- no row, except the first row of a covered member's current month. Reasons: rules/reasons.py.
CREATE UNLOGGED TABLE {uncovered} AS
SELECT m.member_id, m.coverage_month, m.received_cents
FROM {money} AS m
WHERE NOT EXISTS (SELECT FROM {atom} AS a
                  WHERE a.member_id = m.member_id AND a.coverage_month = m.coverage_month)
UNION ALL
SELECT p.member_id, p.coverage_month, 0
FROM {posted} AS p
WHERE NOT EXISTS (SELECT FROM {atom} AS a
                  WHERE a.member_id = p.member_id AND a.coverage_month = p.coverage_month)
  AND NOT EXISTS (SELECT FROM {money} AS m
                  WHERE m.member_id = p.member_id AND m.coverage_month = p.coverage_month);

CREATE UNLOGGED TABLE {entitled} AS
SELECT d.member_id, d.coverage_month, d.is_covered, d.received_cents, d.premium_cents,
       share.cents - capitation_percent(share.cents, t.sequestration) AS expected_cents,
       s1.admin_fee, s2.reinsurance, s3.hospital_pool, s4.specialist_pool, s5.pharmacy_pool,
       d.provider_cents AS provider,
       CASE WHEN d.is_covered THEN d.received_cents - s1.admin_fee - s2.reinsurance
            - s3.hospital_pool - s4.specialist_pool - s5.pharmacy_pool - d.provider_cents
            ELSE 0 END AS retained,
       CASE WHEN d.is_covered THEN 0 ELSE d.received_cents END AS suspense,
       d.withhold_cents AS withhold, t.terms_id, d.covered_days,
       d.counted_days * t.month_days / t.window_days AS counted_days, d.age, d.sex, d.plan_code,
       d.rate_pmpm, d.risk, d.pcps, d.status, d.zero_reason
FROM (
    -- The columns of the branches have one type each, so that the whole is read in parallel.
    SELECT a.member_id, a.coverage_month, true AS is_covered, a.received_cents,
           COALESCE(a.premium_cents, 0) AS premium_cents, a.covered_days, a.counted_days,
           a.provider_cents,
           capitation_percent(a.provider_cents, t.withhold_share) AS withhold_cents,
           a.age, a.sex::text AS sex, a.plan_code::text AS plan_code,
           a.rate_pmpm::numeric AS rate_pmpm, a.risk::numeric AS risk, a.status::text AS status,
           a.practitioner_id || '@' || a.payee_id || ':'
               || a.counted_days * t.month_days / t.window_days AS pcps,
           a.why_nothing AS zero_reason
    FROM {atom} AS a
    JOIN {terms} AS t USING (coverage_month)
    WHERE NOT EXISTS (SELECT FROM {several} AS v
                      WHERE v.member_id = a.member_id AND v.coverage_month = a.coverage_month)
    UNION ALL
    SELECT member_id, coverage_month, true, received_cents, premium_cents, covered_days,
           counted_days, provider_cents, withhold_cents, age, sex::text, plan_code::text,
           rate_pmpm::numeric, risk::numeric, status::text, pcps, zero_reason
    FROM {several_due}
    UNION ALL
    -- Money for a month without coverage is suspense: owed back, never to a payee.
    SELECT u.member_id, u.coverage_month, false, u.received_cents, 0::bigint, 0, 0, 0::bigint,
           0::bigint, NULL::smallint, NULL::text, NULL::text, NULL::numeric, NULL::numeric,
           NULL::text, NULL::text, 'not_covered'::text
    FROM {uncovered} AS u
) AS d
JOIN {terms} AS t USING (coverage_month)
CROSS JOIN LATERAL (SELECT capitation_percent(d.premium_cents, t.plan_share) AS cents) AS share
CROSS JOIN LATERAL (
    SELECT capitation_step(d.is_covered, t.admin_fee_method, t.admin_fee_value,
        CASE t.admin_fee_base WHEN 'premium' THEN d.premium_cents ELSE d.received_cents END,
        d.counted_days, t.window_days) AS admin_fee
) AS s1
CROSS JOIN LATERAL (
    SELECT capitation_step(d.is_covered, t.reinsurance_method, t.reinsurance_value,
        CASE t.reinsurance_base WHEN 'received' THEN d.received_cents
            WHEN 'premium' THEN d.premium_cents
            WHEN 'remaining' THEN d.received_cents - admin_fee
            WHEN 'admin_fee' THEN admin_fee END,
        d.counted_days, t.window_days) AS reinsurance
) AS s2
CROSS JOIN LATERAL (
    SELECT capitation_step(d.is_covered, t.hospital_pool_method, t.hospital_pool_value,
        CASE t.hospital_pool_base WHEN 'received' THEN d.received_cents
            WHEN 'premium' THEN d.premium_cents
            WHEN 'remaining' THEN d.received_cents - admin_fee - reinsurance
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance END,
        d.counted_days, t.window_days) AS hospital_pool
) AS s3
CROSS JOIN LATERAL (
    SELECT capitation_step(d.is_covered, t.specialist_pool_method, t.specialist_pool_value,
        CASE t.specialist_pool_base WHEN 'received' THEN d.received_cents
            WHEN 'premium' THEN d.premium_cents
            WHEN 'remaining' THEN d.received_cents - admin_fee - reinsurance - hospital_pool
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance
            WHEN 'hospital_pool' THEN hospital_pool END,
        d.counted_days, t.window_days) AS specialist_pool
) AS s4
CROSS JOIN LATERAL (
    SELECT capitation_step(d.is_covered, t.pharmacy_pool_method, t.pharmacy_pool_value,
        CASE t.pharmacy_pool_base WHEN 'received' THEN d.received_cents
            WHEN 'premium' THEN d.premium_cents
            WHEN 'remaining' THEN d.received_cents - admin_fee - reinsurance - hospital_pool
                                  - specialist_pool
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance
            WHEN 'hospital_pool' THEN hospital_pool
            WHEN 'specialist_pool' THEN specialist_pool END,
        d.counted_days, t.window_days) AS pharmacy_pool
) AS s5;

CREATE UNLOGGED TABLE {waterfall_rows} AS
SELECT %(run_id)s::bigint AS run_id, e.member_id,
       e.premium_cents - COALESCE(p.premium, 0) AS premium_cents,
       e.expected_cents - COALESCE(p.expected, 0) AS expected_cents,
       e.received_cents - COALESCE(p.received, 0) AS received_cents,
       e.admin_fee - COALESCE(p.admin_fee, 0) AS admin_fee_cents,
       e.reinsurance - COALESCE(p.reinsurance, 0) AS reinsurance_cents,
       e.hospital_pool - COALESCE(p.hospital_pool, 0) AS hospital_pool_cents,
       e.specialist_pool - COALESCE(p.specialist_pool, 0) AS specialist_pool_cents,
       e.pharmacy_pool - COALESCE(p.pharmacy_pool, 0) AS pharmacy_pool_cents,
       e.provider - COALESCE(p.provider, 0) AS provider_cents,
       e.retained - COALESCE(p.retained, 0) AS retained_cents,
       e.suspense - COALESCE(p.suspense, 0) AS suspense_cents,
       e.withhold - COALESCE(p.withhold, 0) AS withhold_cents,
       e.terms_id, e.coverage_month, e.covered_days::smallint AS covered_days,
       e.counted_days::smallint AS counted_days, e.age, e.sex::varchar(1) AS sex,
       e.plan_code::varchar(20) AS plan_code, e.rate_pmpm::numeric(10, 4) AS rate_pmpm,
       e.risk::numeric(7, 4) AS risk, e.pcps, e.status::varchar(20) AS status,
       CASE
           WHEN p.member_id IS NULL THEN
               CASE WHEN e.coverage_month = %(month)s::date THEN 'CURRENT'
                    WHEN e.is_covered THEN 'ADD' ELSE 'PREMIUM' END
           WHEN p.covered_days = 0 AND e.covered_days > 0 THEN
               CASE WHEN p.received = 0 THEN 'REINSTATE' ELSE 'ADD' END
           WHEN e.counted_days < p.counted_days
                OR e.covered_days = 0 AND p.covered_days > 0 THEN 'TERM'
           WHEN e.counted_days > p.counted_days THEN 'ADD'
           WHEN p.pcps IS DISTINCT FROM e.pcps THEN 'PCP_CHANGE'
           WHEN p.plan_code IS DISTINCT FROM e.plan_code THEN 'PLAN_CHANGE'
           WHEN p.status IS DISTINCT FROM e.status THEN 'STATUS'
           WHEN p.age IS DISTINCT FROM e.age OR p.sex IS DISTINCT FROM e.sex THEN 'AGE_BAND'
           WHEN p.risk IS DISTINCT FROM e.risk THEN 'RAF'
           WHEN p.rate_pmpm IS DISTINCT FROM e.rate_pmpm THEN 'RATE'
           WHEN p.terms_id IS DISTINCT FROM e.terms_id THEN 'TERMS'
           WHEN e.received_cents <> p.received OR e.premium_cents <> p.premium THEN 'PREMIUM'
           ELSE 'ERROR' END::varchar(12) AS reason,
       e.zero_reason::varchar(20) AS zero_reason
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
