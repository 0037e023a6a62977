-- The freight that an award shares out is carried whole once an order is sent: by the offices it
-- goes to, or by the IPA. Reads approved awards, and purchase orders of which something was sent.
SELECT p.id AS purchase_id, awarded.cents AS awarded_cents, carried.cents AS carried_cents
FROM purchasing_purchaseorder AS p
JOIN purchasing_award AS a ON a.id = p.award_id
CROSS JOIN LATERAL (
    SELECT p.ipa_freight_cents + sum(l.freight_cents) AS cents, bool_or(l.blocked_because = '')
        AS goes
    FROM purchasing_purchaseline AS l WHERE l.purchase_id = p.id) AS carried
CROSS JOIN LATERAL (
    SELECT COALESCE(sum((office ->> 'freight_cents')::bigint), 0) AS cents
    FROM jsonb_array_elements(a.offices) AS office
    JOIN purchasing_purchaseline AS l
        ON l.purchase_id = p.id AND l.commitment_id = (office ->> 'commitment')::bigint) AS awarded
WHERE p.status IN ('sent', 'received') AND carried.goes AND awarded.cents <> carried.cents
