-- Reads: terms known at the snapshot. Writes {terms}: one row a coverage month from the first month
-- anything may reach back to, with the window of days that decides who counts (one day, or the
-- whole month under daily proration) and whether membership and rate changes still reach it.
CREATE UNLOGGED TABLE {terms} AS
SELECT m.coverage_month, m.next_month, m.next_month - m.coverage_month AS month_days,
       w.window_start,
       CASE t.assignment_rule WHEN 'daily' THEN m.next_month
                              ELSE w.window_start + 1 END AS window_end,
       CASE t.assignment_rule WHEN 'daily' THEN m.next_month - m.coverage_month
                              ELSE 1 END AS window_days,
       m.coverage_month >= %(first_month)s::date AS in_lookback,
       t.id AS terms_id, t.rate_model, t.rate_table_id, t.pay_basis, t.unpaid_statuses,
       t.risk_adjusted AND t.rate_model <> 'percent' AS reads_risk, t.odd_cent_owner,
       t.missing_rate, t.missing_risk,
       CASE t.missing_rate WHEN 'default' THEN t.missing_rate_default
       END::numeric(10, 4) AS default_rate,
       CASE t.missing_risk WHEN 'default' THEN t.missing_risk_default
       END::numeric(7, 4) AS default_risk,
       (t.flat_pmpm * 10000)::bigint AS flat_units,
       CASE t.missing_rate WHEN 'default' THEN (t.missing_rate_default * 10000)::bigint
       END AS default_units,
       -- Whole numbers from here on: percentages in ten-thousandths, PMPM in cents.
       (t.plan_share_pct * 10000)::bigint AS plan_share,
       (t.exclusivity_pct * 10000)::bigint AS exclusivity,
       ARRAY(SELECT DISTINCT cell.county_code FROM capitation_ratecell AS cell
             WHERE t.rate_model = 'age_sex' AND cell.rate_table_id = t.rate_table_id
               AND cell.county_code <> '') AS rate_counties,
       (t.sequestration_pct * 10000)::bigint
           * (t.sequestration_borne_by = 'ipa')::int AS sequestration,
       (t.rate_pct * 10000)::bigint AS rate_share, t.flat_pmpm::numeric(10, 4) AS flat_pmpm,
       (t.withhold_pct * 10000)::bigint AS withhold_share,
       t.admin_fee_base,
       capitation_share(t.admin_fee_method, t.admin_fee_value) AS admin_fee_share,
       capitation_pmpm(t.admin_fee_method, t.admin_fee_value) AS admin_fee_pmpm,
       t.reinsurance_base,
       capitation_share(t.reinsurance_method, t.reinsurance_value) AS reinsurance_share,
       capitation_pmpm(t.reinsurance_method, t.reinsurance_value) AS reinsurance_pmpm,
       t.hospital_pool_base,
       capitation_share(t.hospital_pool_method, t.hospital_pool_value) AS hospital_pool_share,
       capitation_pmpm(t.hospital_pool_method, t.hospital_pool_value) AS hospital_pool_pmpm,
       t.specialist_pool_base,
       capitation_share(t.specialist_pool_method, t.specialist_pool_value) AS specialist_pool_share,
       capitation_pmpm(t.specialist_pool_method, t.specialist_pool_value) AS specialist_pool_pmpm,
       t.pharmacy_pool_base,
       capitation_share(t.pharmacy_pool_method, t.pharmacy_pool_value) AS pharmacy_pool_share,
       capitation_pmpm(t.pharmacy_pool_method, t.pharmacy_pool_value) AS pharmacy_pool_pmpm
FROM (
    SELECT month::date AS coverage_month, (month + interval '1 month')::date AS next_month
    FROM generate_series(%(premium_first_month)s::date, %(month)s::date,
                         interval '1 month') AS month
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
