-- Invoices that were taken ask for no more packs of an item than were awarded, and no invoice
-- that was refused or waits counts as taken. Reads documents, their lines and purchase lines.
SELECT d.purchase_id, l.order_item_id, sum(l.packs) AS invoiced
FROM purchasing_tradeline AS l
JOIN purchasing_tradedocument AS d ON d.id = l.document_id AND d.kind = '810' AND d.state = 'taken'
WHERE l.state = 'taken' AND l.order_item_id IS NOT NULL AND l.decided_at IS NULL
GROUP BY d.purchase_id, l.order_item_id
HAVING sum(l.packs) > (
    SELECT COALESCE(sum(p.packs), 0) FROM purchasing_purchaseline AS p
    WHERE p.purchase_id = d.purchase_id AND p.order_item_id = l.order_item_id)
UNION ALL
SELECT d.purchase_id, l.order_item_id, l.packs
FROM purchasing_tradeline AS l
JOIN purchasing_tradedocument AS d ON d.id = l.document_id AND d.kind = '810' AND d.state = 'taken'
WHERE l.state IN ('waiting', 'refused')
