-- Reads: coverage, profiles and statuses known at the snapshot, {cells}. Writes {clip}: each covered
-- span cut to its month and to the window that decides, with the rate found for it; days at one rate
-- are one segment. A span outside the window (added after the day, for example) counts no days.
CREATE UNLOGGED TABLE {status} AS
SELECT s.member_id, s.coverage_month, min(f.status) AS status
FROM capitation_memberstatus AS f
JOIN {scope} AS s ON s.member_id = f.member_id
JOIN {terms} AS t ON t.coverage_month = s.coverage_month
WHERE f.fact_no <= %(snapshot)s AND (f.superseded_no IS NULL OR f.superseded_no > %(snapshot)s)
  AND f.effective_date <= s.coverage_month
  AND (f.end_date IS NULL OR f.end_date > s.coverage_month)
  AND f.status = ANY (t.unpaid_statuses)
GROUP BY s.member_id, s.coverage_month;
ANALYZE {status};

CREATE UNLOGGED TABLE {clip} AS
SELECT d.member_id, d.coverage_month, d.plan_code, d.age, d.sex, rate.value AS rate_pmpm,
       CASE WHEN d.rate_model = 'age_sex' THEN COALESCE(rate.value::text, '') ELSE '' END AS segment,
       d.month_end - d.month_start AS covered_days, d.window_start, d.window_end, d.month_end,
       greatest(0, d.window_end - d.window_start) AS counted_days
FROM (
    SELECT s.member_id, s.coverage_month, c.plan_code, t.rate_model, t.rate_table_id, t.flat_pmpm,
           CASE t.missing_rate WHEN 'default' THEN t.missing_rate_default END AS default_rate,
           greatest(c.effective_date, t.coverage_month) AS month_start,
           least(c.end_date, t.next_month) AS month_end,
           greatest(c.effective_date, t.window_start) AS window_start,
           least(c.end_date, t.window_end) AS window_end,
           NULLIF(p.sex, '') AS sex,
           date_part('year', age(s.coverage_month::timestamp, p.birth_date::timestamp))::smallint AS age
    FROM {scope} AS s
    JOIN {terms} AS t ON t.coverage_month = s.coverage_month
    JOIN capitation_coveragespan AS c
      ON c.member_id = s.member_id AND c.contract_id = %(contract_id)s
     AND c.fact_no <= %(snapshot)s AND (c.superseded_no IS NULL OR c.superseded_no > %(snapshot)s)
     AND c.effective_date < t.next_month
     AND (c.end_date IS NULL OR c.end_date > greatest(t.coverage_month, c.effective_date))
    LEFT JOIN capitation_memberprofile AS p
           ON p.member_id = s.member_id AND p.fact_no <= %(snapshot)s
          AND (p.superseded_no IS NULL OR p.superseded_no > %(snapshot)s)
          AND p.effective_date <= s.coverage_month
          AND (p.end_date IS NULL OR p.end_date > s.coverage_month)
) AS d
LEFT JOIN {cells} AS cell
       ON d.rate_model = 'age_sex' AND cell.rate_table_id = d.rate_table_id
      AND cell.plan_code = d.plan_code AND cell.sex = d.sex AND cell.age = d.age
CROSS JOIN LATERAL (
    SELECT CASE d.rate_model WHEN 'flat' THEN d.flat_pmpm
                             WHEN 'age_sex' THEN COALESCE(cell.rate_pmpm, d.default_rate) END AS value
) AS rate;
ANALYZE {clip};
