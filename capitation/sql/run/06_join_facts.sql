-- Reads: all facts known at the snapshot. Writes {atom}: one priced row a member-month where one
-- span of coverage and one PCP decide it, as for nearly everybody; more rows where several do,
-- which are named in {several} and take the long way of the next step. Also {status}. Every join
-- from here on is over most members: hash it.
SET LOCAL enable_nestloop = off;
SET LOCAL enable_mergejoin = off;

CREATE UNLOGGED TABLE {status} AS
SELECT f.member_id, t.coverage_month, min(f.status) AS status
FROM capitation_memberstatus AS f
JOIN {terms} AS t
  ON f.status = ANY (t.unpaid_statuses)
 AND f.effective_date <= t.coverage_month AND (f.end_date IS NULL OR f.end_date > t.coverage_month)
WHERE f.fact_no <= %(snapshot)s AND (f.superseded_no IS NULL OR f.superseded_no > %(snapshot)s)
GROUP BY f.member_id, t.coverage_month;
ANALYZE {status};

CREATE UNLOGGED TABLE {joined} AS
SELECT c.member_id, c.coverage_month, c.plan_code, c.month_end - c.month_start AS covered_days,
       greatest(0, c.window_end - c.window_start) AS counted_days, c.month_end,
       c.window_start, c.window_end,
       COALESCE(money.received_cents, 0) AS received_cents, money.premium_cents,
       c.age, NULLIF(c.sex, '') AS sex,
       CASE c.rate_model WHEN 'flat' THEN c.flat_pmpm
           WHEN 'age_sex' THEN COALESCE(cell.rate_pmpm, c.default_rate) END AS rate_pmpm,
       CASE WHEN c.reads_risk THEN COALESCE(score.score, c.default_risk) END AS risk, st.status,
       n.payee_id, a.practitioner_id,
       CASE WHEN n.payee_id IS NOT NULL THEN
           least(c.window_end, a.end_date, n.to_day)
           - greatest(c.window_start, a.effective_date, n.from_day) END AS pcp_days
FROM (
    SELECT span.member_id, span.plan_code, t.*, p.sex,
           date_part('year', age(t.coverage_month::timestamp,
                                 p.birth_date::timestamp))::smallint AS age,
           greatest(span.effective_date, t.coverage_month) AS month_start,
           least(span.end_date, t.next_month) AS month_end,
           greatest(span.effective_date, t.first_day) AS window_start,
           least(span.end_date, t.last_day) AS window_end
    FROM (
        SELECT f.member_id, f.plan_code, f.effective_date, f.end_date, f.fact_no, f.superseded_no,
               %(month)s::date AS coverage_month
        FROM capitation_coveragespan AS f
        WHERE %(is_first)s AND f.contract_id = %(contract_id)s
        UNION ALL
        SELECT f.member_id, f.plan_code, f.effective_date, f.end_date, f.fact_no, f.superseded_no,
               s.coverage_month
        FROM {scope} AS s JOIN capitation_coveragespan AS f ON f.member_id = s.member_id
        WHERE f.contract_id = %(contract_id)s
    ) AS span
    JOIN (
        SELECT coverage_month, next_month, window_start AS first_day, window_end AS last_day,
               rate_model, rate_table_id, flat_pmpm,
               reads_risk, default_rate, default_risk
        FROM {terms}
    ) AS t ON t.coverage_month = span.coverage_month
    LEFT JOIN capitation_memberprofile AS p
           ON p.member_id = span.member_id AND p.fact_no <= %(snapshot)s
          AND (p.superseded_no IS NULL OR p.superseded_no > %(snapshot)s)
          AND p.effective_date <= span.coverage_month
          AND (p.end_date IS NULL OR p.end_date > span.coverage_month)
    WHERE span.fact_no <= %(snapshot)s
      AND (span.superseded_no IS NULL OR span.superseded_no > %(snapshot)s)
      AND span.effective_date < t.next_month
      AND (span.end_date IS NULL
           OR span.end_date > greatest(t.coverage_month, span.effective_date))
) AS c
LEFT JOIN {money} AS money
       ON money.member_id = c.member_id AND money.coverage_month = c.coverage_month
LEFT JOIN {status} AS st ON st.member_id = c.member_id AND st.coverage_month = c.coverage_month
LEFT JOIN capitation_riskscore AS score
       ON c.reads_risk AND score.member_id = c.member_id AND score.fact_no <= %(snapshot)s
      AND (score.superseded_no IS NULL OR score.superseded_no > %(snapshot)s)
      AND score.effective_date <= c.coverage_month
      AND (score.end_date IS NULL OR score.end_date > c.coverage_month)
LEFT JOIN {cells} AS cell
       ON c.rate_model = 'age_sex' AND cell.rate_table_id = c.rate_table_id
      AND cell.plan_code = c.plan_code AND cell.sex = c.sex AND cell.age = c.age
LEFT JOIN capitation_pcpassignment AS a
       ON a.member_id = c.member_id AND a.fact_no <= %(snapshot)s
      AND (a.superseded_no IS NULL OR a.superseded_no > %(snapshot)s)
      AND a.effective_date < c.window_end
      AND (a.end_date IS NULL OR a.end_date > greatest(c.window_start, a.effective_date))
LEFT JOIN {network} AS n
       ON n.practitioner_id = a.practitioner_id
      AND n.from_day < least(c.window_end, a.end_date)
      AND n.to_day > greatest(c.window_start, a.effective_date);

-- Priced apart from the joins, so that PostgreSQL works each expression out once.
CREATE UNLOGGED TABLE {atom} AS
SELECT j.*, w.why_nothing,
       CASE WHEN w.why_nothing IS NOT NULL THEN 0
           ELSE capitation_provider_cents(t.rate_model, j.received_cents, t.rate_share, j.rate_pmpm,
                                          j.risk, j.counted_days, t.window_days)
       END AS provider_cents
FROM {joined} AS j
JOIN {terms} AS t USING (coverage_month)
CROSS JOIN LATERAL (
    SELECT capitation_why_nothing(j.status, t.pay_basis, j.received_cents, t.rate_model,
                                  j.rate_pmpm, t.missing_rate, t.reads_risk, j.risk,
                                  t.missing_risk) AS why_nothing
) AS w;
ANALYZE {atom} (member_id, coverage_month);

-- Who needs more than one row can say: several spans, several PCPs, days without a PCP, or none
-- that counts.
CREATE UNLOGGED TABLE {several} AS
SELECT member_id, coverage_month
FROM {atom}
GROUP BY member_id, coverage_month
HAVING count(*) > 1 OR min(counted_days) = 0 OR min(pcp_days) IS DISTINCT FROM min(counted_days);
ANALYZE {several} (member_id, coverage_month);
