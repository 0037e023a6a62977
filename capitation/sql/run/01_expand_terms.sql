-- Reads: terms known at the snapshot. Writes {terms}: one row a coverage month from the first month
-- anything may reach back to, with the window of days that decides who counts (one day, or the
-- whole month under daily proration) and whether membership and rate changes still reach it.
CREATE UNLOGGED TABLE {terms} AS
SELECT m.coverage_month, m.next_month, m.next_month - m.coverage_month AS month_days,
       w.window_start,
       CASE t.assignment_rule WHEN 'daily' THEN m.next_month ELSE w.window_start + 1 END AS window_end,
       CASE t.assignment_rule WHEN 'daily' THEN m.next_month - m.coverage_month ELSE 1 END AS window_days,
       m.coverage_month >= %(first_month)s::date AS in_lookback,
       t.id AS terms_id, t.plan_share_pct, t.sequestration_pct * (t.sequestration_borne_by = 'ipa')::int AS sequestration_pct,
       t.admin_fee_method, t.admin_fee_value, t.admin_fee_base,
       t.reinsurance_method, t.reinsurance_value, t.reinsurance_base,
       t.hospital_pool_method, t.hospital_pool_value, t.hospital_pool_base,
       t.specialist_pool_method, t.specialist_pool_value, t.specialist_pool_base,
       t.pharmacy_pool_method, t.pharmacy_pool_value, t.pharmacy_pool_base,
       t.rate_model, t.rate_pct, t.flat_pmpm, t.rate_table_id, t.risk_adjusted, t.withhold_pct,
       t.pay_basis, t.unpaid_statuses, t.missing_rate, t.missing_rate_default,
       t.missing_risk, t.missing_risk_default, t.odd_cent_owner
FROM (
    SELECT month::date AS coverage_month, (month + interval '1 month')::date AS next_month
    FROM generate_series(%(premium_first_month)s::date, %(month)s::date, interval '1 month') AS month
) AS m
JOIN capitation_terms AS t
  ON t.contract_id = %(contract_id)s
 AND t.fact_no <= %(snapshot)s AND (t.superseded_no IS NULL OR t.superseded_no > %(snapshot)s)
 AND t.effective_date <= m.coverage_month AND (t.end_date IS NULL OR t.end_date > m.coverage_month)
CROSS JOIN LATERAL (
    SELECT CASE WHEN t.assignment_rule IN ('daily', 'first_day') THEN m.coverage_month
                ELSE m.coverage_month
                     + least(t.assignment_day::int, m.next_month - m.coverage_month) - 1
           END AS window_start
) AS w;
ANALYZE {terms};
