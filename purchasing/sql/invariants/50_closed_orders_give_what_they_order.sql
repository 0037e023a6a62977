-- What a group order froze when it closed gives each item's packs out, no more and no less, and
-- stands under a digest. Reads group orders that closed, and each item's and office's part.
SELECT o.id AS order_id, i.id AS order_item_id
FROM purchasing_grouporder AS o
LEFT JOIN purchasing_orderitem AS i ON i.order_id = o.id
LEFT JOIN purchasing_itemclosing AS c ON c.order_item_id = i.id
WHERE o.status IN ('closing', 'awarded', 'ordered', 'received', 'settled')
  AND (length(o.snapshot_sha256) <> 64
       OR c.packs IS DISTINCT FROM (
           SELECT COALESCE(sum(part.packs), 0)
           FROM purchasing_officepart AS part WHERE part.order_item_id = i.id))
