-- No more packs of a receipt go back than came with it, and no more of a charge is credited than
-- it was. Reads receipts, troubles with their newest step, charges and credits.
SELECT 'receipt' AS what, r.id, r.packs AS most, sum(t.packs) AS found
FROM purchasing_receipt AS r
JOIN purchasing_trouble AS t ON t.receipt_id = r.id AND t.kind = 'return'
LEFT JOIN LATERAL (
    SELECT s.state FROM purchasing_troublestep AS s
    WHERE s.trouble_id = t.id ORDER BY s.number DESC LIMIT 1
) AS last ON true
WHERE COALESCE(last.state, 'open') NOT IN ('refused', 'withdrawn')
GROUP BY r.id
HAVING sum(t.packs) > r.packs
UNION ALL
SELECT 'charge', c.id, c.cents, sum(k.cents)
FROM purchasing_charge AS c JOIN purchasing_chargecredit AS k ON k.charge_id = c.id
GROUP BY c.id
HAVING sum(k.cents) > c.cents
