-- The newest table of a shortage gives out what comes, and lines expect what it gives them. Reads
-- shortages with their lines.
WITH newest AS (
    SELECT DISTINCT ON (purchase_id, order_item_id) id, supply
    FROM purchasing_shortage ORDER BY purchase_id, order_item_id, id DESC
)
SELECT n.id AS shortage_id, n.supply, sum(s.granted) AS granted
FROM newest AS n
JOIN purchasing_shortageline AS s ON s.shortage_id = n.id
JOIN purchasing_purchaseline AS l ON l.id = s.line_id
GROUP BY n.id, n.supply
HAVING sum(s.granted) <> n.supply OR bool_or(s.granted <> l.due)
