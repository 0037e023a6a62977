-- Reads: {atom}, {piece_share}, {posted_share}, {posted}. Writes {share_rows}, the run's share
-- rows: what is due now minus what was posted, over the full outer join. A zero difference leaves
-- no row, except the first row of the current month, so that a member who is not paid for is
-- listed. Also {before}.
CREATE UNLOGGED TABLE {share_rows} AS
SELECT %(run_id)s::bigint AS run_id, COALESCE(n.member_id, q.member_id) AS member_id,
       COALESCE(n.payee_id, q.payee_id) AS payee_id,
       COALESCE(n.practitioner_id, q.practitioner_id) AS practitioner_id,
       COALESCE(n.provider_cents, 0) - COALESCE(q.provider, 0) AS provider_cents,
       COALESCE(n.withhold_cents, 0) - COALESCE(q.withhold, 0) AS withhold_cents,
       COALESCE(n.coverage_month, q.coverage_month) AS coverage_month,
       COALESCE(n.days, 0)::smallint AS days
FROM (
    SELECT a.member_id, a.coverage_month, a.payee_id, a.practitioner_id, a.provider_cents,
           capitation_percent(a.provider_cents, t.withhold_share) AS withhold_cents,
           a.counted_days * t.month_days / t.window_days AS days
    FROM {atom} AS a
    JOIN {terms} AS t USING (coverage_month)
    WHERE a.is_covered
      AND NOT EXISTS (SELECT FROM {several} AS v
                      WHERE v.member_id = a.member_id AND v.coverage_month = a.coverage_month)
    UNION ALL
    SELECT member_id, coverage_month, payee_id, practitioner_id, provider_cents, withhold_cents,
           days
    FROM {piece_share}
) AS n
FULL JOIN {posted_share} AS q
       ON q.member_id = n.member_id AND q.coverage_month = n.coverage_month
      AND q.payee_id = n.payee_id AND q.practitioner_id = n.practitioner_id
WHERE COALESCE(n.provider_cents, 0) <> COALESCE(q.provider, 0)
   OR COALESCE(n.withhold_cents, 0) <> COALESCE(q.withhold, 0)
   OR n.coverage_month = %(month)s::date AND q.member_id IS NULL
      AND NOT EXISTS (SELECT FROM {posted} AS p
                      WHERE p.member_id = n.member_id AND p.coverage_month = n.coverage_month);

-- What was posted, and whether a payee's part of it moves, which tells the member-month anew even
-- if its own sums stay.
CREATE UNLOGGED TABLE {before} AS
SELECT p.*, moved.member_id IS NOT NULL AS has_moved
FROM {posted} AS p
LEFT JOIN (
    SELECT DISTINCT member_id, coverage_month FROM {share_rows}
    WHERE (provider_cents <> 0 OR withhold_cents <> 0)
      -- Nothing was posted yet of a month at its first run.
      AND (coverage_month < %(month)s::date OR NOT %(is_first)s)
) AS moved ON moved.member_id = p.member_id AND moved.coverage_month = p.coverage_month;
ANALYZE {before} (member_id, coverage_month);
