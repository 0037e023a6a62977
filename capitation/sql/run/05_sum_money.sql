-- Reads: receipts and premiums known at the snapshot. Writes {money}: received and premium by
-- member-month in scope. The current month is read whole, earlier months by index.
CREATE UNLOGGED TABLE {money} AS
SELECT member_id, coverage_month, COALESCE(sum(received), 0)::bigint AS received_cents,
       sum(premium)::bigint AS premium_cents
FROM (
    SELECT member_id, coverage_month, amount_cents AS received, NULL::bigint AS premium
    FROM capitation_receipt
    WHERE contract_id = %(contract_id)s AND coverage_month = %(month)s::date
      AND fact_no <= %(snapshot)s
    UNION ALL
    SELECT member_id, coverage_month, NULL, amount_cents
    FROM capitation_premium
    WHERE contract_id = %(contract_id)s AND coverage_month = %(month)s::date
      AND fact_no <= %(snapshot)s
    UNION ALL
    SELECT r.member_id, r.coverage_month, r.amount_cents, NULL
    FROM {scope} AS s JOIN capitation_receipt AS r USING (member_id, coverage_month)
    WHERE s.coverage_month < %(month)s::date AND r.contract_id = %(contract_id)s
      AND r.fact_no <= %(snapshot)s
    UNION ALL
    SELECT p.member_id, p.coverage_month, NULL, p.amount_cents
    FROM {scope} AS s JOIN capitation_premium AS p USING (member_id, coverage_month)
    WHERE s.coverage_month < %(month)s::date AND p.contract_id = %(contract_id)s
      AND p.fact_no <= %(snapshot)s
) AS stated
GROUP BY member_id, coverage_month;
ANALYZE {money};
