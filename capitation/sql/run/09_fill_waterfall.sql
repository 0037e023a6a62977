-- Reads: {scope}, {segment}, {money}, {terms}, {share_now}. Writes {entitled}: the whole waterfall of
-- each member-month in scope, step by step in the order of the terms; what is left is retained.
-- Money for a month without coverage is suspense: owed back, never to a payee.
CREATE UNLOGGED TABLE {several_pcps} AS
SELECT member_id, coverage_month,
       string_agg(practitioner_id || '@' || payee_id || ':' || days, ',' ORDER BY practitioner_id, payee_id) AS pcps
FROM {share_now}
GROUP BY member_id, coverage_month HAVING count(*) > 1;
ANALYZE {several_pcps};

CREATE UNLOGGED TABLE {shared} AS
SELECT member_id, coverage_month, sum(withhold_cents)::bigint AS withhold_cents,
       min(practitioner_id) AS practitioner_id, min(payee_id) AS payee_id, sum(days) AS days
FROM {share_now} GROUP BY member_id, coverage_month;
ANALYZE {shared};

CREATE UNLOGGED TABLE {entitled} AS
SELECT b.member_id, b.coverage_month, b.is_covered, b.premium_cents,
       share.cents - CASE WHEN b.sequestration_pct = 0 THEN 0
                          ELSE round(share.cents * b.sequestration_pct * 0.01)::bigint END AS expected_cents,
       b.received_cents, s1.admin_fee, s2.reinsurance, s3.hospital_pool, s4.specialist_pool,
       s5.pharmacy_pool, b.provider,
       CASE WHEN b.is_covered THEN b.received_cents - s1.admin_fee - s2.reinsurance - s3.hospital_pool
                 - s4.specialist_pool - s5.pharmacy_pool - b.provider ELSE 0 END AS retained,
       CASE WHEN b.is_covered THEN 0 ELSE b.received_cents END AS suspense,
       COALESCE(shared.withhold_cents, 0) AS withhold,
       b.terms_id, b.covered_days, b.counted_days * b.month_days / b.window_days AS counted_days,
       b.age, b.sex, b.plan_code, b.rate_pmpm, b.risk,
       COALESCE(several.pcps, shared.practitioner_id || '@' || shared.payee_id || ':' || shared.days) AS pcps,
       CASE WHEN b.is_covered THEN b.status END AS status,
       CASE WHEN b.is_covered THEN b.zero_reason ELSE 'not_covered' END AS zero_reason
FROM (
    SELECT s.member_id, s.coverage_month, g.member_id IS NOT NULL AS is_covered,
           COALESCE(money.received_cents, 0) AS received_cents,
           CASE WHEN g.member_id IS NULL THEN 0 ELSE COALESCE(money.premium_cents, 0) END AS premium_cents,
           COALESCE(g.covered_days, 0) AS covered_days, COALESCE(g.counted_days, 0) AS counted_days,
           COALESCE(g.provider_cents, 0) AS provider, st.status,
           g.age, g.sex, g.plan_code, g.rate_pmpm, g.risk, g.zero_reason,
           t.month_days, t.window_days, t.terms_id, t.plan_share_pct, t.sequestration_pct,
           -- A month without coverage pays no step.
           CASE WHEN g.member_id IS NULL THEN 'none' ELSE t.admin_fee_method END AS method1,
           CASE WHEN g.member_id IS NULL THEN 'none' ELSE t.reinsurance_method END AS method2,
           CASE WHEN g.member_id IS NULL THEN 'none' ELSE t.hospital_pool_method END AS method3,
           CASE WHEN g.member_id IS NULL THEN 'none' ELSE t.specialist_pool_method END AS method4,
           CASE WHEN g.member_id IS NULL THEN 'none' ELSE t.pharmacy_pool_method END AS method5,
           t.admin_fee_value, t.admin_fee_base, t.reinsurance_value, t.reinsurance_base,
           t.hospital_pool_value, t.hospital_pool_base, t.specialist_pool_value,
           t.specialist_pool_base, t.pharmacy_pool_value, t.pharmacy_pool_base
    FROM {scope} AS s
    JOIN {terms} AS t ON t.coverage_month = s.coverage_month
    LEFT JOIN (
        SELECT member_id, coverage_month, sum(covered_days)::int AS covered_days,
               sum(counted_days)::int AS counted_days, sum(provider_cents)::bigint AS provider_cents,
               min(age) AS age, min(sex) AS sex, max(plan_code) AS plan_code,
               max(rate_pmpm) FILTER (WHERE counted_days > 0) AS rate_pmpm, max(risk) AS risk,
               CASE WHEN sum(counted_days) = 0 THEN 'not_on_day' ELSE min(why_nothing) END AS zero_reason
        FROM {segment} GROUP BY member_id, coverage_month
    ) AS g ON g.member_id = s.member_id AND g.coverage_month = s.coverage_month
    LEFT JOIN {money} AS money
           ON money.member_id = s.member_id AND money.coverage_month = s.coverage_month
    LEFT JOIN {status} AS st ON st.member_id = s.member_id AND st.coverage_month = s.coverage_month
) AS b
CROSS JOIN LATERAL (
    SELECT capitation_step(method1, admin_fee_value,
        CASE admin_fee_base WHEN 'premium' THEN premium_cents ELSE received_cents END,
        counted_days, window_days) AS admin_fee
) AS s1
CROSS JOIN LATERAL (
    SELECT capitation_step(method2, reinsurance_value,
        CASE reinsurance_base WHEN 'received' THEN received_cents WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN received_cents - admin_fee WHEN 'admin_fee' THEN admin_fee END,
        counted_days, window_days) AS reinsurance
) AS s2
CROSS JOIN LATERAL (
    SELECT capitation_step(method3, hospital_pool_value,
        CASE hospital_pool_base WHEN 'received' THEN received_cents WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN received_cents - admin_fee - reinsurance
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance END,
        counted_days, window_days) AS hospital_pool
) AS s3
CROSS JOIN LATERAL (
    SELECT capitation_step(method4, specialist_pool_value,
        CASE specialist_pool_base WHEN 'received' THEN received_cents WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN received_cents - admin_fee - reinsurance - hospital_pool
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance
            WHEN 'hospital_pool' THEN hospital_pool END,
        counted_days, window_days) AS specialist_pool
) AS s4
CROSS JOIN LATERAL (
    SELECT capitation_step(method5, pharmacy_pool_value,
        CASE pharmacy_pool_base WHEN 'received' THEN received_cents WHEN 'premium' THEN premium_cents
            WHEN 'remaining' THEN received_cents - admin_fee - reinsurance - hospital_pool - specialist_pool
            WHEN 'admin_fee' THEN admin_fee WHEN 'reinsurance' THEN reinsurance
            WHEN 'hospital_pool' THEN hospital_pool WHEN 'specialist_pool' THEN specialist_pool END,
        counted_days, window_days) AS pharmacy_pool
) AS s5
CROSS JOIN LATERAL (SELECT round(premium_cents * plan_share_pct * 0.01)::bigint AS cents) AS share
LEFT JOIN {shared} AS shared
       ON shared.member_id = b.member_id AND shared.coverage_month = b.coverage_month
LEFT JOIN {several_pcps} AS several
       ON several.member_id = b.member_id AND several.coverage_month = b.coverage_month;
ANALYZE {entitled};
