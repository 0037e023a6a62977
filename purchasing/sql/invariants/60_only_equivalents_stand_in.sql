-- What is bought for an office is the very item that it asked for, or one of the same order that is
-- the same in all that was stated, where any equivalent would do; and at no price above what the
-- office named. Reads lines of purchase orders, commitments, and the versions that orders pinned.
SELECT l.id AS line_id, c.id AS commitment_id
FROM purchasing_purchaseline AS l
JOIN purchasing_commitment AS c ON c.id = l.commitment_id
JOIN purchasing_orderitem AS got ON got.id = l.order_item_id
JOIN purchasing_itemversion AS sent ON sent.id = got.version_id
JOIN purchasing_packlevel AS pack ON pack.id = got.level_id
JOIN purchasing_orderitem AS said ON said.id = c.order_item_id
JOIN purchasing_itemversion AS asked ON asked.id = said.version_id
JOIN purchasing_packlevel AS size ON size.id = said.level_id
WHERE l.price > c.max_price
   OR got.id <> said.id AND NOT (
       c.any_equivalent
       AND got.order_id = said.order_id
       AND NOT got.is_as_written AND NOT said.is_as_written
       AND pack.eaches = size.eaches
       AND sent.kind = asked.kind
       AND sent.schedule = asked.schedule AND sent.schedule NOT IN ('2', '2N')
       AND CASE sent.kind
           WHEN 'drug' THEN asked.ingredient <> '' AND asked.strength <> ''
               AND asked.form <> '' AND asked.route <> ''
               AND lower(sent.ingredient) = lower(asked.ingredient)
               AND lower(sent.strength) = lower(asked.strength)
               AND lower(sent.form) = lower(asked.form)
               AND lower(sent.route) = lower(asked.route)
           WHEN 'supply' THEN asked.supply_class <> ''
               AND lower(sent.supply_class) = lower(asked.supply_class)
           WHEN 'device' THEN asked.supply_class <> ''
               AND lower(sent.supply_class) = lower(asked.supply_class)
           ELSE false
       END)
