-- Reads: {segment}, {clip}, PCP assignments, {network}. Writes {share_now}: what each payee is
-- entitled to. Where no day counts, the PCP of the last covered day is listed at zero. A segment of one PCP goes to them whole; others are split by days to the cent
-- (core.money.split: largest remainder, ties by payee and practitioner).
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
ANALYZE {listed};

CREATE UNLOGGED TABLE {piece} AS
SELECT c.member_id, c.coverage_month, c.segment, n.payee_id, a.practitioner_id,
       sum(least(c.to_day, a.end_date, n.to_day)
           - greatest(c.from_day, a.effective_date, n.from_day))::int AS days
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
ANALYZE {piece};

-- Days with no PCP at all belong to the unassigned party, practitioner 0.
INSERT INTO {piece}
SELECT d.member_id, d.coverage_month, d.segment, %(unassigned)s::bigint, 0,
       d.days - COALESCE(p.days, 0)
FROM (
    SELECT member_id, coverage_month, segment, sum(to_day - from_day)::int AS days
    FROM {listed} GROUP BY member_id, coverage_month, segment
) AS d
LEFT JOIN (
    SELECT member_id, coverage_month, segment, sum(days)::int AS days
    FROM {piece} GROUP BY member_id, coverage_month, segment
) AS p USING (member_id, coverage_month, segment)
WHERE d.days > COALESCE(p.days, 0);

CREATE UNLOGGED TABLE {share_now} AS
SELECT s.member_id, s.coverage_month, s.payee_id, s.practitioner_id,
       (CASE WHEN s.counted THEN s.days * t.month_days / t.window_days ELSE 0 END)::smallint AS days,
       s.provider_cents, round(s.provider_cents * t.withhold_pct * 0.01)::bigint AS withhold_cents
FROM (
    SELECT member_id, coverage_month, payee_id, practitioner_id, sum(days)::int AS days,
           bool_or(counted) AS counted, sum(cents)::bigint AS provider_cents
    FROM (
        SELECT p.member_id, p.coverage_month, p.payee_id, p.practitioner_id, p.days,
               g.counted_days > 0 AS counted, g.provider_cents AS cents
        FROM {piece} AS p
        JOIN {segment} AS g USING (member_id, coverage_month, segment)
        WHERE p.days >= g.counted_days
        UNION ALL
        SELECT member_id, coverage_month, payee_id, practitioner_id, days, true,
               sign(provider_cents)::bigint * (floor_cents + (
                   row_number() OVER (
                       PARTITION BY member_id, coverage_month, segment
                       ORDER BY CASE odd_cent_owner WHEN 'most_days' THEN days ELSE remainder END DESC,
                                payee_id, practitioner_id
                   ) <= abs(provider_cents)
                        - sum(floor_cents) OVER (PARTITION BY member_id, coverage_month, segment)
               )::int)
        FROM (
            SELECT p.*, g.provider_cents, t.odd_cent_owner,
                   abs(g.provider_cents) * p.days / g.counted_days AS floor_cents,
                   mod(abs(g.provider_cents) * p.days, g.counted_days) AS remainder
            FROM {piece} AS p
            JOIN {segment} AS g USING (member_id, coverage_month, segment)
            JOIN {terms} AS t ON t.coverage_month = p.coverage_month
            WHERE p.days < g.counted_days
        ) AS part
    ) AS given
    GROUP BY member_id, coverage_month, payee_id, practitioner_id
) AS s
JOIN {terms} AS t ON t.coverage_month = s.coverage_month;
ANALYZE {share_now};
