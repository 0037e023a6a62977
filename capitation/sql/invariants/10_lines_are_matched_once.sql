-- Money as the plans stated it = money matched to members + money that waits for a match: a matched
-- line's receipt says the line's contract, month and cents, and the sums per contract agree.
SELECT 'receipt' AS what, receipt.id, receipt.amount_cents, line.amount_cents AS line_cents
FROM capitation_receipt AS receipt
JOIN capitation_remittanceline AS line ON line.id = receipt.line_id
WHERE receipt.contract_id <> line.contract_id OR receipt.coverage_month <> line.coverage_month
   OR receipt.amount_cents <> line.amount_cents
UNION ALL
SELECT 'contract', contract_id, stated, matched + waiting
FROM (
    SELECT line.contract_id, sum(line.amount_cents) AS stated,
           COALESCE(sum(receipt.amount_cents), 0) AS matched,
           COALESCE(sum(line.amount_cents) FILTER (WHERE receipt.id IS NULL), 0) AS waiting
    FROM capitation_remittanceline AS line
    LEFT JOIN capitation_receipt AS receipt ON receipt.line_id = line.id
    GROUP BY line.contract_id
) AS sums
WHERE stated <> matched + waiting
