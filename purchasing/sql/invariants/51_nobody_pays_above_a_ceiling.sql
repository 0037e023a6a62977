-- Whoever gets packs of a closed order said so, and at no price below the one they pay. Reads what
-- closed orders froze, and the commitments it names.
SELECT o.id AS order_id, c.id AS commitment_id, c.max_price, item ->> 'price' AS price
FROM purchasing_grouporder AS o
CROSS JOIN LATERAL jsonb_array_elements(o.snapshot -> 'items') AS item
CROSS JOIN LATERAL jsonb_array_elements(item -> 'offices') AS office
LEFT JOIN purchasing_commitment AS c ON c.id = (office ->> 'commitment')::bigint
WHERE (office ->> 'packs')::bigint > 0
  AND (c.id IS NULL
       OR (office ->> 'packs')::bigint > c.quantity + c.flex
       OR c.max_price < (item ->> 'price')::numeric)
