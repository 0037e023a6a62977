-- Reads: all facts known at the snapshot. Writes {atom}: one priced row a member-month where one
-- span of coverage and one PCP decide all of it, as for nearly everybody; where more do, more rows,
-- and the member-month is named in {several} and takes the long way of the next step. Money of a
-- member-month without coverage is a row too, not covered. Also {status}: what few member-months
-- have besides, a status that is not paid for, a county that a rate or a change may depend on.
-- Cents are worked out in whole numbers, rates and scores in ten-thousandths; they hold where one
-- rate counts for the whole window, which is where they are read.
CREATE UNLOGGED TABLE {status} AS
SELECT member_id, coverage_month, min(status)::varchar(20) AS status,
       min(county_code)::varchar(5) AS county_code
FROM (
    SELECT f.member_id, t.coverage_month, f.status, NULL AS county_code
    FROM capitation_memberstatus AS f
    JOIN {terms} AS t
      ON f.status = ANY (t.unpaid_statuses) AND f.effective_date <= t.coverage_month
     AND (f.end_date IS NULL OR f.end_date > t.coverage_month)
    WHERE f.fact_no <= %(snapshot)s AND (f.superseded_no IS NULL OR f.superseded_no > %(snapshot)s)
    UNION ALL
    -- In the month itself, only where the terms have rates of counties.
    SELECT f.member_id, t.coverage_month, NULL, f.county_code
    FROM capitation_membercounty AS f
    JOIN {terms} AS t
      ON t.coverage_month = %(month)s::date AND f.county_code = ANY (t.rate_counties)
     AND f.effective_date <= t.coverage_month
     AND (f.end_date IS NULL OR f.end_date > t.coverage_month)
    WHERE %(is_first)s AND f.fact_no <= %(snapshot)s
      AND (f.superseded_no IS NULL OR f.superseded_no > %(snapshot)s)
    UNION ALL
    SELECT f.member_id, s.coverage_month, NULL, f.county_code
    FROM {scope} AS s
    JOIN capitation_membercounty AS f
      ON f.member_id = s.member_id AND f.effective_date <= s.coverage_month
     AND (f.end_date IS NULL OR f.end_date > s.coverage_month)
    WHERE f.member_id = ANY (ARRAY(SELECT DISTINCT member_id FROM {scope}))
      AND f.fact_no <= %(snapshot)s
      AND (f.superseded_no IS NULL OR f.superseded_no > %(snapshot)s)
) AS known
GROUP BY member_id, coverage_month;
ANALYZE {status};

-- Every join from here on is over most members: hash it.
SET LOCAL enable_nestloop = off;
SET LOCAL enable_mergejoin = off;

CREATE UNLOGGED TABLE {atom} AS
WITH covered AS (
    -- Each span of coverage within its month, and within the days that may count.
    SELECT span.member_id, span.coverage_month, span.plan_code,
           least(span.end_date, t.next_month)
               - greatest(span.effective_date, t.coverage_month) AS covered_days,
           least(span.end_date, t.next_month) AS month_end,
           greatest(span.effective_date, t.window_start) AS window_start,
           least(span.end_date, t.window_end) AS window_end,
           greatest(0, least(span.end_date, t.window_end)
                       - greatest(span.effective_date, t.window_start)) AS counted_days
    FROM (
        SELECT f.member_id, %(month)s::date AS coverage_month, f.plan_code, f.effective_date,
               f.end_date
        FROM capitation_coveragespan AS f
        WHERE %(is_first)s AND f.contract_id = %(contract_id)s AND f.fact_no <= %(snapshot)s
          AND (f.superseded_no IS NULL OR f.superseded_no > %(snapshot)s)
        UNION ALL
        SELECT f.member_id, s.coverage_month, f.plan_code, f.effective_date, f.end_date
        FROM {scope} AS s JOIN capitation_coveragespan AS f ON f.member_id = s.member_id
        WHERE f.member_id = ANY (ARRAY(SELECT DISTINCT member_id FROM {scope}))
          AND f.contract_id = %(contract_id)s AND f.fact_no <= %(snapshot)s
          AND (f.superseded_no IS NULL OR f.superseded_no > %(snapshot)s)
    ) AS span
    JOIN {terms} AS t ON t.coverage_month = span.coverage_month
    WHERE span.effective_date < t.next_month
      AND (span.end_date IS NULL
           OR span.end_date > greatest(t.coverage_month, span.effective_date))
),
profiled AS (
    SELECT COALESCE(c.member_id, m.member_id) AS member_id,
           COALESCE(c.coverage_month, m.coverage_month) AS coverage_month,
           c.member_id IS NOT NULL AS is_covered, c.plan_code,
           COALESCE(c.covered_days, 0) AS covered_days,
           COALESCE(c.counted_days, 0) AS counted_days, c.month_end, c.window_start, c.window_end,
           COALESCE(m.received_cents, 0) AS received_cents,
           NULLIF(p.sex, '')::varchar(1) AS sex,
           date_part('year', age(c.coverage_month::timestamp,
                                 p.birth_date::timestamp))::smallint AS age
    FROM covered AS c
    FULL JOIN {money} AS m
           ON m.member_id = c.member_id AND m.coverage_month = c.coverage_month
    LEFT JOIN capitation_memberprofile AS p
           ON p.member_id = c.member_id AND p.fact_no <= %(snapshot)s
          AND (p.superseded_no IS NULL OR p.superseded_no > %(snapshot)s)
          AND p.effective_date <= c.coverage_month
          AND (p.end_date IS NULL OR p.end_date > c.coverage_month)
),
joined AS (
    WITH apart AS (SELECT)  -- keeps an expression from being worked out wherever it is used
    SELECT c.*, COALESCE(premium.premium_cents, 0) AS premium_cents,
           CASE WHEN c.is_covered THEN st.status ELSE NULL::varchar(20) END AS status,
           st.county_code, score.score, n.payee_id, n.is_exclusive, n.practitioner_id, n.label,
           CASE WHEN n.payee_id IS NOT NULL THEN
               least(c.window_end, a.end_date, n.to_day)
               - greatest(c.window_start, a.effective_date, n.from_day) END AS pcp_days
    FROM profiled AS c
    LEFT JOIN {premium} AS premium
           ON c.is_covered AND premium.member_id = c.member_id
          AND premium.coverage_month = c.coverage_month
    LEFT JOIN {status} AS st
           ON st.member_id = c.member_id
          AND st.coverage_month = c.coverage_month
    LEFT JOIN capitation_riskscore AS score
           ON score.member_id = c.member_id AND score.fact_no <= %(snapshot)s
          AND (score.superseded_no IS NULL OR score.superseded_no > %(snapshot)s)
          AND score.effective_date <= c.coverage_month
          AND (score.end_date IS NULL OR score.end_date > c.coverage_month)
    LEFT JOIN capitation_pcpassignment AS a
           ON a.member_id = c.member_id AND a.fact_no <= %(snapshot)s
          AND (a.superseded_no IS NULL OR a.superseded_no > %(snapshot)s)
          AND a.effective_date < c.window_end
          AND (a.end_date IS NULL OR a.end_date > greatest(c.window_start, a.effective_date))
    LEFT JOIN {network} AS n
           ON n.practitioner_id = a.practitioner_id
          AND n.from_day < least(c.window_end, a.end_date)
          AND n.to_day > greatest(c.window_start, a.effective_date)
),
rated AS (
    WITH apart AS (SELECT)
    SELECT j.*,
           CASE WHEN NOT j.is_covered THEN NULL::numeric(10, 4)
               WHEN t.rate_model = 'flat' THEN t.flat_pmpm
               WHEN t.rate_model = 'age_sex' THEN COALESCE(cell.rate_pmpm, t.default_rate)
               ELSE NULL::numeric(10, 4) END AS rate_pmpm,
           CASE WHEN NOT j.is_covered THEN NULL
               WHEN t.rate_model = 'flat' THEN t.flat_units
               WHEN t.rate_model = 'age_sex' THEN COALESCE(cell.rate_units, t.default_units)
           END AS rate_units,
           CASE WHEN j.is_covered AND t.reads_risk THEN COALESCE(j.score, t.default_risk)
               ELSE NULL::numeric(7, 4) END AS risk,
           CASE WHEN j.is_covered AND t.reads_risk
               THEN (COALESCE(j.score, t.default_risk) * 10000)::bigint ELSE 10000
           END AS risk_units,
           t.rate_model, t.rate_share, t.window_days, t.pay_basis, t.reads_risk, t.missing_rate,
           t.missing_risk
    FROM joined AS j
    JOIN {terms} AS t USING (coverage_month)
    LEFT JOIN {cells} AS cell
           ON t.rate_model = 'age_sex' AND cell.rate_table_id = t.rate_table_id
          AND cell.sex = j.sex AND cell.age = j.age
          AND cell.plan_code = CASE WHEN j.county_code = ANY (t.rate_counties)
              THEN capitation_plan_in_county(j.plan_code, j.county_code) ELSE j.plan_code END
)
SELECT member_id, coverage_month, is_covered, plan_code, covered_days, counted_days, month_end,
       window_start, window_end, received_cents, premium_cents, sex, age, status, county_code,
       payee_id, is_exclusive, practitioner_id, label, rate_pmpm, risk, w.why_nothing,
       counted_days <> window_days OR pcp_days IS DISTINCT FROM window_days AS is_partial,
       CASE WHEN w.why_nothing IS NOT NULL THEN 0
           WHEN rate_model = 'percent' THEN capitation_percent(received_cents, rate_share)
           ELSE capitation_round_div(rate_units * risk_units, 1000000) END AS provider_cents
FROM rated
CROSS JOIN LATERAL (
    SELECT CASE WHEN is_covered THEN
        capitation_why_nothing(status, pay_basis, received_cents, rate_model, rate_pmpm,
                               missing_rate, reads_risk, risk, missing_risk)
        ELSE 'not_covered' END::varchar(20) AS why_nothing
) AS w;
ANALYZE {atom} (member_id, coverage_month);

-- Whoever is not covered for every day that may count, or has not one PCP for all of them.
CREATE UNLOGGED TABLE {several} AS
SELECT DISTINCT member_id, coverage_month FROM {atom} WHERE is_covered AND is_partial;
ANALYZE {several};
