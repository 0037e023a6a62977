-- Reads: receipts and premiums known at the snapshot. Writes {money}: received and premium by
-- member-month. The month itself is read whole at its first run; the rest is found by index.
CREATE UNLOGGED TABLE {money} AS
SELECT member_id, coverage_month, COALESCE(sum(received), 0)::bigint AS received_cents,
       sum(premium)::bigint AS premium_cents
FROM (
    SELECT member_id, coverage_month, amount_cents AS received, NULL::bigint AS premium
    FROM capitation_receipt
    WHERE %(is_first)s AND contract_id = %(contract_id)s AND coverage_month = %(month)s::date
      AND fact_no <= %(snapshot)s
    UNION ALL
    SELECT member_id, coverage_month, NULL, amount_cents
    FROM capitation_premium
    WHERE %(is_first)s AND contract_id = %(contract_id)s AND coverage_month = %(month)s::date
      AND fact_no <= %(snapshot)s
    UNION ALL
    SELECT s.member_id, s.coverage_month, r.amount_cents, NULL
    FROM {scope} AS s
    CROSS JOIN LATERAL (
        SELECT amount_cents FROM capitation_receipt AS r
        WHERE r.member_id = s.member_id AND r.coverage_month = s.coverage_month
          AND r.contract_id = %(contract_id)s AND r.fact_no <= %(snapshot)s
        OFFSET 0  -- keeps the look-up by index: the history must not be read through
    ) AS r
    UNION ALL
    SELECT s.member_id, s.coverage_month, NULL, p.amount_cents
    FROM {scope} AS s
    CROSS JOIN LATERAL (
        SELECT amount_cents FROM capitation_premium AS p
        WHERE p.member_id = s.member_id AND p.coverage_month = s.coverage_month
          AND p.contract_id = %(contract_id)s AND p.fact_no <= %(snapshot)s
        OFFSET 0
    ) AS p
) AS stated
GROUP BY member_id, coverage_month;
ANALYZE {money} (member_id, coverage_month);
