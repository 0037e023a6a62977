-- Purchase orders ask for what the approved award gives each office, at its price: no pack more.
-- Reads approved awards, and purchase orders that were not cancelled.
SELECT l.id AS line_id, l.packs, l.price
FROM purchasing_purchaseline AS l
JOIN purchasing_purchaseorder AS p ON p.id = l.purchase_id AND p.status <> 'cancelled'
JOIN purchasing_award AS a ON a.id = p.award_id AND a.status = 'approved'
WHERE NOT EXISTS (
    SELECT FROM jsonb_array_elements(a.offices) AS office, jsonb_array_elements(a.lines) AS line
    WHERE (office ->> 'commitment')::bigint = l.commitment_id
      AND (office ->> 'packs')::bigint = l.packs
      AND (line ->> 'item')::bigint = l.order_item_id
      AND (line ->> 'contract')::bigint = l.contract_id
      AND (line ->> 'price')::numeric = l.price)
