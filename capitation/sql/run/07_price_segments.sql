-- Reads: {clip}, {money}, {status}, risk scores. Writes {segment}: days and the provider's cents by
-- member, month and rate (one segment where the rate is a percentage of what was received). The full
-- month is rounded once, then split by days (money.md).
CREATE UNLOGGED TABLE {segment} AS
SELECT d.member_id, d.coverage_month, d.segment, d.plan_code, d.covered_days, d.counted_days,
       d.age, d.sex, d.rate_pmpm, d.risk, d.why_nothing,
       CASE WHEN d.why_nothing IS NOT NULL OR d.counted_days = 0 THEN 0
            WHEN d.rate_model = 'percent' THEN round(d.received_cents * d.rate_pct * 0.01)::bigint
            ELSE capitation_round_div(
                round(100 * d.rate_pmpm * COALESCE(d.risk, 1))::bigint * d.counted_days, d.window_days)
       END AS provider_cents
FROM (
    SELECT g.*, t.window_days, t.rate_model, t.rate_pct, risk.value AS risk,
           COALESCE(money.received_cents, 0) AS received_cents,
           CASE WHEN g.counted_days = 0 THEN NULL
                WHEN st.status IS NOT NULL THEN 'status'
                WHEN t.pay_basis = 'received' AND COALESCE(money.received_cents, 0) = 0 THEN 'no_money'
                WHEN t.rate_model = 'age_sex' AND g.rate_pmpm IS NULL THEN
                     CASE t.missing_rate WHEN 'hold' THEN 'held_rate' WHEN 'zero' THEN 'no_rate'
                                         ELSE 'fail_rate' END
                WHEN t.risk_adjusted AND t.rate_model <> 'percent' AND risk.value IS NULL THEN
                     CASE t.missing_risk WHEN 'hold' THEN 'held_risk' WHEN 'zero' THEN 'no_risk'
                                         ELSE 'fail_risk' END
           END AS why_nothing
    FROM (
        SELECT member_id, coverage_month, segment, max(rate_pmpm) AS rate_pmpm,
               max(plan_code) FILTER (WHERE counted_days > 0) AS plan_code,
               min(age) AS age, min(sex) AS sex,
               sum(covered_days)::int AS covered_days, sum(counted_days)::int AS counted_days
        FROM {clip} GROUP BY member_id, coverage_month, segment
    ) AS g
    JOIN {terms} AS t ON t.coverage_month = g.coverage_month
    LEFT JOIN {money} AS money
           ON money.member_id = g.member_id AND money.coverage_month = g.coverage_month
    LEFT JOIN {status} AS st
           ON st.member_id = g.member_id AND st.coverage_month = g.coverage_month
    LEFT JOIN capitation_riskscore AS score
           ON score.member_id = g.member_id AND score.fact_no <= %(snapshot)s
          AND (score.superseded_no IS NULL OR score.superseded_no > %(snapshot)s)
          AND score.effective_date <= g.coverage_month
          AND (score.end_date IS NULL OR score.end_date > g.coverage_month)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.risk_adjusted AND t.rate_model <> 'percent' AND g.counted_days > 0
                    THEN COALESCE(score.score, CASE t.missing_risk WHEN 'default'
                                                    THEN t.missing_risk_default END) END AS value
    ) AS risk
) AS d;
ANALYZE {segment};

-- A missing rate holds or zeroes the whole month, not only the days it is missing for.
UPDATE {segment} AS s SET provider_cents = 0
FROM {segment} AS other
WHERE other.why_nothing IS NOT NULL AND other.member_id = s.member_id
  AND other.coverage_month = s.coverage_month AND other.segment <> s.segment;
