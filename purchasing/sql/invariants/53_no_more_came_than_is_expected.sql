-- No office took in more packs in order than it may expect. Reads lines and receipts.
SELECT l.id AS line_id, l.due, sum(r.packs) AS received
FROM purchasing_purchaseline AS l
JOIN purchasing_receipt AS r ON r.line_id = l.id
GROUP BY l.id
HAVING sum(r.packs) > l.due
