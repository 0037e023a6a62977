-- Reads: {atom}, {several_due}, {terms}, {before}. Writes {waterfall_rows}, the run's
-- rows: the waterfall step by step in the order of the terms, of which what is left is retained,
-- minus what was posted. A zero difference leaves no row, except the first row of a covered
-- member's current month. Reasons: rules/reasons.py.

-- What was posted and is no longer stated: neither coverage nor money.
CREATE UNLOGGED TABLE {gone} AS
SELECT p.member_id, p.coverage_month
FROM {before} AS p
WHERE NOT EXISTS (SELECT FROM {atom} AS a
                  WHERE a.member_id = p.member_id AND a.coverage_month = p.coverage_month
                    -- Nothing was posted yet of a month at its first run.
                    AND (a.coverage_month < %(month)s::date OR NOT %(is_first)s));

CREATE UNLOGGED TABLE {waterfall_rows} AS
WITH due AS (
    -- The columns of the branches have one type each, so that the whole is read in parallel.
    SELECT a.member_id, a.coverage_month, a.is_covered, a.received_cents, a.premium_cents,
           -- Money for a month without coverage is suspense: owed back, never to a payee.
           CASE WHEN a.is_covered THEN a.received_cents ELSE 0 END AS earned,
           a.covered_days, a.counted_days, a.provider_cents, NULL::bigint AS withhold_cents,
           a.age, a.sex, a.plan_code, a.rate_pmpm, a.risk, a.status, a.county_code,
           CASE WHEN a.is_exclusive THEN a.counted_days ELSE 0 END AS exclusive_days, a.label,
           NULL::text AS pcps, a.why_nothing AS zero_reason
    FROM {atom} AS a
    WHERE NOT EXISTS (SELECT FROM {several} AS v
                      WHERE v.member_id = a.member_id AND v.coverage_month = a.coverage_month)
    UNION ALL
    SELECT member_id, coverage_month, true, received_cents, premium_cents, received_cents,
           covered_days, counted_days, provider_cents, withhold_cents, age, sex::varchar(1),
           plan_code::varchar(20), rate_pmpm::numeric(10, 4), risk::numeric(7, 4),
           status::varchar(20), county_code::varchar(5), exclusive_days, NULL::text, pcps,
           zero_reason::varchar(20)
    FROM {several_due}
    UNION ALL
    SELECT member_id, coverage_month, false, 0::bigint, 0::bigint, 0::bigint, 0, 0, 0::bigint,
           0::bigint, NULL::smallint, NULL::varchar(1), NULL::varchar(20), NULL::numeric(10, 4),
           NULL::numeric(7, 4), NULL::varchar(20),
           (SELECT st.county_code FROM {status} AS st
            WHERE st.member_id = g.member_id AND st.coverage_month = g.coverage_month)::varchar(5),
           0, NULL::text, NULL::text, 'not_covered'::varchar(20)
    FROM {gone} AS g
),
-- One step a query from here on. An empty WITH keeps PostgreSQL from folding a query into the next
-- and working its step out wherever it is used; unlike OFFSET 0 it leaves the work to be shared.
with_fee AS (
    WITH apart AS (SELECT)
    SELECT d.*, t.month_days, t.window_days, t.terms_id, t.withhold_share, t.sequestration,
           t.reinsurance_share, t.reinsurance_pmpm, t.reinsurance_base,
           t.hospital_pool_share, t.hospital_pool_pmpm, t.hospital_pool_base,
           t.specialist_pool_share, t.specialist_pool_pmpm, t.specialist_pool_base,
           t.pharmacy_pool_share, t.pharmacy_pool_pmpm, t.pharmacy_pool_base,
           CASE WHEN t.exclusivity > 0 AND d.exclusive_days > 0 THEN capitation_round_div(
                    d.premium_cents * (t.plan_share * d.counted_days
                                       + t.exclusivity * d.exclusive_days),
                    1000000 * d.counted_days::bigint)
                ELSE capitation_percent(d.premium_cents, t.plan_share) END AS share,
           t.exclusivity > 0 AS adds_for_exclusive,
           capitation_step(
               t.admin_fee_share, t.admin_fee_pmpm,
               CASE t.admin_fee_base WHEN 'premium' THEN d.premium_cents ELSE d.earned END,
               d.counted_days, t.window_days) AS admin_fee
    FROM due AS d
    JOIN {terms} AS t USING (coverage_month)
),
with_reinsurance AS (
    WITH apart AS (SELECT)
    SELECT o.*, earned - admin_fee AS after_fee, capitation_step(
        reinsurance_share, reinsurance_pmpm,
        CASE reinsurance_base WHEN 'received' THEN earned WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN earned - admin_fee WHEN 'admin_fee' THEN admin_fee END,
        counted_days, window_days) AS reinsurance
    FROM with_fee AS o
),
with_hospital AS (
    WITH apart AS (SELECT)
    SELECT o.*, after_fee - reinsurance AS after_reinsurance, capitation_step(
        hospital_pool_share, hospital_pool_pmpm,
        CASE hospital_pool_base WHEN 'received' THEN earned WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN after_fee - reinsurance
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance END,
        counted_days, window_days) AS hospital_pool
    FROM with_reinsurance AS o
),
with_specialist AS (
    WITH apart AS (SELECT)
    SELECT o.*, after_reinsurance - hospital_pool AS after_hospital, capitation_step(
        specialist_pool_share, specialist_pool_pmpm,
        CASE specialist_pool_base WHEN 'received' THEN earned WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN after_reinsurance - hospital_pool
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance
            WHEN 'hospital_pool' THEN hospital_pool END,
        counted_days, window_days) AS specialist_pool
    FROM with_hospital AS o
),
with_pharmacy AS (
    WITH apart AS (SELECT)
    SELECT o.*, after_hospital - specialist_pool AS after_specialist, capitation_step(
        pharmacy_pool_share, pharmacy_pool_pmpm,
        CASE pharmacy_pool_base WHEN 'received' THEN earned WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN after_hospital - specialist_pool
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance
            WHEN 'hospital_pool' THEN hospital_pool
            WHEN 'specialist_pool' THEN specialist_pool END,
        counted_days, window_days) AS pharmacy_pool
    FROM with_specialist AS o
),
entitled AS (
    SELECT member_id, coverage_month, is_covered, received_cents, premium_cents,
           share - capitation_percent(share, sequestration) AS expected_cents,
           admin_fee, reinsurance, hospital_pool, specialist_pool, pharmacy_pool,
           provider_cents AS provider,
           CASE WHEN is_covered THEN after_specialist - pharmacy_pool - provider_cents
                ELSE 0 END AS retained,
           received_cents - earned AS suspense,
           COALESCE(withhold_cents,
                    capitation_percent(provider_cents, withhold_share)) AS withhold,
           terms_id, covered_days, counted_days * month_days / window_days AS counted_days, age,
           sex, plan_code, rate_pmpm, risk,
           COALESCE(pcps, label || counted_days * month_days / window_days) AS pcps,
           status, county_code,
           CASE WHEN adds_for_exclusive THEN
               NULLIF(exclusive_days, 0) * month_days / window_days END AS exclusive_days,
           zero_reason
    FROM with_pharmacy
)
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
       e.counted_days::smallint AS counted_days, e.age, e.sex, e.plan_code, e.rate_pmpm, e.risk,
       e.pcps, e.status, e.exclusive_days::smallint AS exclusive_days, e.county_code,
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
           WHEN p.county_code IS DISTINCT FROM e.county_code THEN 'COUNTY'
           WHEN p.risk IS DISTINCT FROM e.risk THEN 'RAF'
           WHEN p.rate_pmpm IS DISTINCT FROM e.rate_pmpm THEN 'RATE'
           WHEN p.terms_id IS DISTINCT FROM e.terms_id
                OR p.exclusive_days IS DISTINCT FROM e.exclusive_days THEN 'TERMS'
           WHEN e.received_cents <> p.received OR e.premium_cents <> p.premium THEN 'PREMIUM'
           ELSE 'ERROR' END::varchar(12) AS reason,
       e.zero_reason
FROM entitled AS e
LEFT JOIN {before} AS p ON p.member_id = e.member_id AND p.coverage_month = e.coverage_month
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
          OR p.has_moved);
