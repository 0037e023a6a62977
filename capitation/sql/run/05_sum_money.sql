-- Reads: receipts and premiums known at the snapshot. Writes {money} and {premium}: what the plan
-- paid, and the premium it stated, by member-month. The month itself is read whole at its first
-- run; what changed besides is looked up by index, never by reading the history through.
CREATE UNLOGGED TABLE {money} AS
SELECT member_id, %(month)s::date AS coverage_month,
       capitation_total(amount_cents) AS received_cents
FROM capitation_receipt
WHERE %(is_first)s AND contract_id = %(contract_id)s AND coverage_month = %(month)s::date
  AND fact_no <= %(snapshot)s
GROUP BY member_id
UNION ALL
SELECT s.member_id, s.coverage_month, capitation_total(r.amount_cents)
FROM {scope} AS s
JOIN capitation_receipt AS r ON r.member_id = s.member_id AND r.coverage_month = s.coverage_month
WHERE r.member_id = ANY (ARRAY(SELECT DISTINCT member_id FROM {scope}))
  AND r.contract_id = %(contract_id)s AND r.fact_no <= %(snapshot)s
GROUP BY s.member_id, s.coverage_month;
ANALYZE {money} (member_id, coverage_month);

CREATE UNLOGGED TABLE {premium} AS
SELECT member_id, %(month)s::date AS coverage_month,
       capitation_total(amount_cents) AS premium_cents
FROM capitation_premium
WHERE %(is_first)s AND contract_id = %(contract_id)s AND coverage_month = %(month)s::date
  AND fact_no <= %(snapshot)s
GROUP BY member_id
UNION ALL
SELECT s.member_id, s.coverage_month, capitation_total(r.amount_cents)
FROM {scope} AS s
JOIN capitation_premium AS r ON r.member_id = s.member_id AND r.coverage_month = s.coverage_month
WHERE r.member_id = ANY (ARRAY(SELECT DISTINCT member_id FROM {scope}))
  AND r.contract_id = %(contract_id)s AND r.fact_no <= %(snapshot)s
GROUP BY s.member_id, s.coverage_month;
ANALYZE {premium} (member_id, coverage_month);
