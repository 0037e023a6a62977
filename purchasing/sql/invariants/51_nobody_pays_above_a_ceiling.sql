-- Whoever gets packs of a closed order said so, and at no price below the one they pay. Reads what
-- closed orders froze, and the commitments it names.
SELECT o.id AS order_id, c.id AS commitment_id, c.max_price, item ->> 'price' AS price
FROM purchasing_grouporder AS o
CROSS JOIN LATERAL jsonb_array_elements(o.snapshot -> 'items') AS item
JOIN purchasing_officepart AS part ON part.order_item_id = (item ->> 'item')::bigint
JOIN purchasing_commitment AS c ON c.id = part.commitment_id
WHERE part.packs > 0
  AND (c.order_item_id <> part.order_item_id
       OR c.practice_id <> part.practice_id
       OR c.location_id <> part.location_id
       OR part.packs > c.quantity + c.flex
       OR c.max_price < (item ->> 'price')::numeric)
