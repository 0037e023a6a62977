-- Reads: {several}, {atom}, PCP assignments, {network}. Writes {segment} (days and cents by member,
-- month and rate) and {piece_share} (what each payee earns), only where several decide a month. The
-- full month is rounded once, split by days, and the odd cents go by the largest remainder
-- (core.money.split), ties by payee and practitioner.
CREATE UNLOGGED TABLE {clip} AS
SELECT DISTINCT a.member_id, a.coverage_month, a.plan_code, a.covered_days, a.counted_days,
       a.month_end, a.window_start, a.window_end, a.received_cents, a.premium_cents, a.age, a.sex,
       a.rate_pmpm, a.risk, a.status, a.county_code, a.why_nothing,
       CASE t.rate_model WHEN 'age_sex' THEN COALESCE(a.rate_pmpm::text, '') ELSE '' END AS segment
FROM {atom} AS a
JOIN {several} AS v USING (member_id, coverage_month)
JOIN {terms} AS t USING (coverage_month);

CREATE UNLOGGED TABLE {verdict} AS
SELECT c.member_id, c.coverage_month,
       min(c.why_nothing) FILTER (WHERE c.counted_days > 0) AS why_nothing
FROM {clip} AS c
GROUP BY c.member_id, c.coverage_month;

CREATE UNLOGGED TABLE {segment} AS
SELECT g.*, v.why_nothing,
       CASE WHEN v.why_nothing IS NOT NULL OR g.counted_days = 0 THEN 0
            ELSE capitation_provider_cents(
                t.rate_model, g.received_cents, t.rate_share, g.rate_pmpm, g.risk, g.counted_days,
                t.window_days)
       END AS provider_cents
FROM (
    SELECT member_id, coverage_month, segment, max(rate_pmpm) AS rate_pmpm, max(risk) AS risk,
           max(plan_code) FILTER (WHERE counted_days > 0) AS plan_code, min(age) AS age,
           min(sex) AS sex, min(status) AS status, min(county_code) AS county_code,
           min(received_cents) AS received_cents,
           min(premium_cents) AS premium_cents, sum(covered_days)::int AS covered_days,
           sum(counted_days)::int AS counted_days
    FROM {clip} GROUP BY member_id, coverage_month, segment
) AS g
JOIN {verdict} AS v USING (member_id, coverage_month)
JOIN {terms} AS t USING (coverage_month);

-- Days that count; where none does, the last covered day, so that its PCP sees the member at zero.
CREATE UNLOGGED TABLE {listed} AS
SELECT member_id, coverage_month, segment, window_start AS from_day, window_end AS to_day
FROM {clip} WHERE counted_days > 0
UNION ALL
(SELECT DISTINCT ON (c.member_id, c.coverage_month)
        c.member_id, c.coverage_month, c.segment, c.month_end - 1, c.month_end
 FROM {clip} AS c
 WHERE c.counted_days = 0
   AND NOT EXISTS (SELECT FROM {clip} AS counted
                   WHERE counted.member_id = c.member_id
                     AND counted.coverage_month = c.coverage_month AND counted.counted_days > 0)
 ORDER BY c.member_id, c.coverage_month, c.month_end DESC);

CREATE UNLOGGED TABLE {piece} AS
SELECT c.member_id, c.coverage_month, c.segment, n.payee_id, a.practitioner_id,
       sum(least(c.to_day, a.end_date, n.to_day)
           - greatest(c.from_day, a.effective_date, n.from_day))::int AS days,
       COALESCE(sum(least(c.to_day, a.end_date, n.to_day)
                    - greatest(c.from_day, a.effective_date, n.from_day))
                    FILTER (WHERE n.is_exclusive), 0)::int AS exclusive_days
FROM {listed} AS c
JOIN capitation_pcpassignment AS a
  ON a.member_id = c.member_id
 AND a.fact_no <= %(snapshot)s AND (a.superseded_no IS NULL OR a.superseded_no > %(snapshot)s)
 AND a.effective_date < c.to_day
 AND (a.end_date IS NULL OR a.end_date > greatest(c.from_day, a.effective_date))
JOIN {network} AS n
  ON n.practitioner_id = a.practitioner_id
 AND n.from_day < least(c.to_day, a.end_date)
 AND n.to_day > greatest(c.from_day, a.effective_date)
GROUP BY c.member_id, c.coverage_month, c.segment, n.payee_id, a.practitioner_id;

-- Days with no PCP at all belong to the unassigned party, practitioner 0.
INSERT INTO {piece}
SELECT d.member_id, d.coverage_month, d.segment, %(unassigned)s::bigint, 0,
       d.days - COALESCE(p.days, 0), 0
FROM (
    SELECT member_id, coverage_month, segment, sum(to_day - from_day)::int AS days
    FROM {listed} GROUP BY member_id, coverage_month, segment
) AS d
LEFT JOIN (
    SELECT member_id, coverage_month, segment, sum(days)::int AS days
    FROM {piece} GROUP BY member_id, coverage_month, segment
) AS p USING (member_id, coverage_month, segment)
WHERE d.days > COALESCE(p.days, 0);

CREATE UNLOGGED TABLE {piece_share} AS
SELECT given.member_id, given.coverage_month, given.payee_id, given.practitioner_id,
       given.counted_days * t.month_days / t.window_days AS days, given.exclusive_days,
       given.provider_cents,
       capitation_percent(given.provider_cents, t.withhold_share) AS withhold_cents
FROM (
    SELECT member_id, coverage_month, payee_id, practitioner_id,
           sum(CASE WHEN counted THEN days ELSE 0 END)::int AS counted_days,
           sum(CASE WHEN counted THEN exclusive_days ELSE 0 END)::int AS exclusive_days,
           sum(cents)::bigint AS provider_cents
    FROM (
        SELECT member_id, coverage_month, payee_id, practitioner_id, days,
               exclusive_days, counted_days > 0 AS counted,
               sign(provider_cents)::bigint * (floor_cents + (
                   row_number() OVER (
                       PARTITION BY member_id, coverage_month, segment
                       ORDER BY CASE odd_cent_owner WHEN 'most_days' THEN days
                                    ELSE remainder END DESC,
                                payee_id, practitioner_id
                   ) <= abs(provider_cents)
                        - sum(floor_cents) OVER (PARTITION BY member_id, coverage_month, segment)
               )::int) AS cents
        FROM (
            SELECT p.*, g.provider_cents, g.counted_days, t.odd_cent_owner,
                   abs(g.provider_cents) * p.days / greatest(g.counted_days, 1) AS floor_cents,
                   mod(abs(g.provider_cents) * p.days, greatest(g.counted_days, 1)) AS remainder
            FROM {piece} AS p
            JOIN {segment} AS g USING (member_id, coverage_month, segment)
            JOIN {terms} AS t USING (coverage_month)
        ) AS part
    ) AS split
    GROUP BY member_id, coverage_month, payee_id, practitioner_id
) AS given
JOIN {terms} AS t USING (coverage_month);

CREATE UNLOGGED TABLE {several_due} AS
SELECT g.member_id, g.coverage_month, min(g.received_cents) AS received_cents,
       min(g.premium_cents) AS premium_cents, sum(g.covered_days)::int AS covered_days,
       sum(g.counted_days)::int AS counted_days, sum(g.provider_cents)::bigint AS provider_cents,
       min(p.withhold_cents) AS withhold_cents, min(g.age) AS age, min(g.sex) AS sex,
       max(g.plan_code) AS plan_code,
       max(g.rate_pmpm) FILTER (WHERE g.counted_days > 0) AS rate_pmpm,
       CASE WHEN sum(g.counted_days) > 0 THEN max(g.risk) END AS risk, min(g.status) AS status,
       min(g.county_code) AS county_code, min(p.exclusive_days) AS exclusive_days,
       min(p.pcps) AS pcps,
       CASE WHEN sum(g.counted_days) = 0 THEN 'not_on_day'
            ELSE min(g.why_nothing) END AS zero_reason
FROM {segment} AS g
JOIN (
    SELECT member_id, coverage_month, sum(withhold_cents)::bigint AS withhold_cents,
           sum(exclusive_days)::int AS exclusive_days,
           string_agg(practitioner_id || '@' || payee_id || ':' || days, ','
                      ORDER BY practitioner_id, payee_id) AS pcps
    FROM {piece_share} GROUP BY member_id, coverage_month
) AS p USING (member_id, coverage_month)
GROUP BY g.member_id, g.coverage_month;
