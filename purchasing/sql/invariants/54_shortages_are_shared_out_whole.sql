-- The newest table of a shortage gives out what comes, and lines expect what it gives them, but
-- for packs that were credited after it instead of coming. Reads shortages with their lines, and
-- troubles with their newest step.
WITH newest AS (
    SELECT DISTINCT ON (purchase_id, order_item_id) id, supply, recorded_at
    FROM purchasing_shortage ORDER BY purchase_id, order_item_id, id DESC
)
SELECT n.id AS shortage_id, n.supply, sum(s.granted) AS granted
FROM newest AS n
JOIN purchasing_shortageline AS s ON s.shortage_id = n.id
JOIN purchasing_purchaseline AS l ON l.id = s.line_id
LEFT JOIN LATERAL (
    SELECT sum(t.packs) AS packs
    FROM purchasing_trouble AS t
    JOIN purchasing_troublestep AS p ON p.trouble_id = t.id AND p.state = 'credited'
    WHERE t.line_id = l.id AND t.kind NOT IN ('return', 'over') AND p.made_at > n.recorded_at
) AS less ON true
GROUP BY n.id, n.supply
HAVING sum(s.granted) <> n.supply
    OR bool_or(s.granted <> l.due + COALESCE(less.packs, 0))
