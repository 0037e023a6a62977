-- What a group order froze when it closed gives each item's packs out, no more and no less, and
-- stands under a digest. Reads group orders that closed.
SELECT o.id AS order_id, item ->> 'name' AS item
FROM purchasing_grouporder AS o
LEFT JOIN LATERAL jsonb_array_elements(o.snapshot -> 'items') AS item ON true
WHERE o.status IN ('closing', 'awarded', 'ordered', 'received', 'settled')
  AND (length(o.snapshot_sha256) <> 64
       OR (item ->> 'packs')::bigint <> (
           SELECT COALESCE(sum((office ->> 'packs')::bigint), 0)
           FROM jsonb_array_elements(item -> 'offices') AS office))
