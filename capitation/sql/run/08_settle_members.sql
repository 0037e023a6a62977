-- Reads: {atom}, {segment}, {piece_share}, {money}, {scope}. Writes {share_now} (what each payee is
-- entitled to) and {due} (one row a member-month: what was counted and what the provider earns).
-- Money for a month without coverage is suspense: owed back, never to a payee.
CREATE UNLOGGED TABLE {simple} AS
SELECT a.member_id, a.coverage_month, a.payee_id, a.practitioner_id, a.plan_code, a.age, a.sex,
       a.rate_pmpm, a.risk, a.status, a.received_cents, a.premium_cents, a.covered_days,
       a.counted_days * t.month_days / t.window_days AS days, a.counted_days, w.why_nothing,
       CASE WHEN w.why_nothing IS NOT NULL THEN 0
            ELSE capitation_provider_cents(t.rate_model, a.received_cents, t.rate_pct, a.rate_pmpm,
                                           a.risk, a.counted_days, t.window_days)
       END AS provider_cents
FROM {atom} AS a
JOIN {terms} AS t USING (coverage_month)
CROSS JOIN LATERAL (
    SELECT capitation_why_nothing(a.status, t.pay_basis, a.received_cents, t.rate_model, a.rate_pmpm,
                                  t.missing_rate, t.risk_adjusted, a.risk, t.missing_risk) AS why_nothing
) AS w
WHERE NOT EXISTS (SELECT FROM {several} AS v
                  WHERE v.member_id = a.member_id AND v.coverage_month = a.coverage_month);

CREATE UNLOGGED TABLE {share_now} AS
SELECT s.member_id, s.coverage_month, s.payee_id, s.practitioner_id, s.days::smallint AS days,
       s.provider_cents, round(s.provider_cents * t.withhold_pct * 0.01)::bigint AS withhold_cents
FROM (
    SELECT member_id, coverage_month, payee_id, practitioner_id, days, provider_cents FROM {simple}
    UNION ALL
    SELECT p.member_id, p.coverage_month, p.payee_id, p.practitioner_id,
           p.counted_days * t.month_days / t.window_days, p.provider_cents
    FROM {piece_share} AS p JOIN {terms} AS t USING (coverage_month)
) AS s
JOIN {terms} AS t USING (coverage_month);

CREATE UNLOGGED TABLE {due} AS
SELECT s.member_id, s.coverage_month, true AS is_covered, s.received_cents,
       COALESCE(s.premium_cents, 0) AS premium_cents, s.covered_days, s.counted_days,
       s.provider_cents, round(s.provider_cents * t.withhold_pct * 0.01)::bigint AS withhold_cents,
       s.age, s.sex, s.plan_code, s.rate_pmpm, s.risk, s.status,
       s.practitioner_id || '@' || s.payee_id || ':' || s.days AS pcps, s.why_nothing AS zero_reason
FROM {simple} AS s JOIN {terms} AS t USING (coverage_month)
UNION ALL
SELECT g.member_id, g.coverage_month, true, min(g.received_cents),
       COALESCE(min(g.premium_cents), 0), sum(g.covered_days)::int, sum(g.counted_days)::int,
       sum(g.provider_cents)::bigint, min(p.withhold_cents), min(g.age), min(g.sex),
       max(g.plan_code), max(g.rate_pmpm) FILTER (WHERE g.counted_days > 0),
       CASE WHEN sum(g.counted_days) > 0 THEN max(g.risk) END, min(g.status), min(p.pcps),
       CASE WHEN sum(g.counted_days) = 0 THEN 'not_on_day' ELSE min(g.why_nothing) END
FROM {segment} AS g
JOIN (
    SELECT n.member_id, n.coverage_month, sum(n.withhold_cents)::bigint AS withhold_cents,
           string_agg(n.practitioner_id || '@' || n.payee_id || ':' || n.days, ','
                      ORDER BY n.practitioner_id, n.payee_id) AS pcps
    FROM {share_now} AS n JOIN {several} AS v USING (member_id, coverage_month)
    GROUP BY n.member_id, n.coverage_month
) AS p USING (member_id, coverage_month)
GROUP BY g.member_id, g.coverage_month
UNION ALL
SELECT u.member_id, u.coverage_month, false, COALESCE(m.received_cents, 0), 0, 0, 0, 0, 0,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'not_covered'
FROM (
    SELECT member_id, coverage_month FROM {money}
    UNION
    SELECT member_id, coverage_month FROM {scope}
) AS u
LEFT JOIN {money} AS m USING (member_id, coverage_month)
WHERE NOT EXISTS (SELECT FROM {atom} AS a
                  WHERE a.member_id = u.member_id AND a.coverage_month = u.coverage_month);
