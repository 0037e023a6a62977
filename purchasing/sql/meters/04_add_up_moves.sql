-- Reads commitments made since each meter was read, and what their offices said before. Answers by
-- how much each meter's practices changed: how many, how much without its sign, the two largest.
WITH office AS (
    SELECT DISTINCT p.meter_id, p.item_id, p.weight, m.meter_read_at, c.location_id
    FROM unnest(%(meters)s::bigint[], %(items)s::bigint[], %(weights)s::bigint[])
         AS p (meter_id, item_id, weight)
    JOIN purchasing_orderitem AS m ON m.id = p.meter_id
    JOIN purchasing_commitment AS c
      ON c.order_item_id = p.item_id AND c.made_at > m.meter_read_at
),
moved AS (
    SELECT office.meter_id, latest.practice_id,
           abs(sum((latest.quantity - COALESCE(earlier.quantity, 0)) * office.weight))::bigint
               AS by_units
    FROM office
    CROSS JOIN LATERAL (
        SELECT c.practice_id, c.quantity FROM purchasing_commitment AS c
        WHERE c.order_item_id = office.item_id AND c.location_id = office.location_id
        ORDER BY c.id DESC LIMIT 1) AS latest
    LEFT JOIN LATERAL (
        SELECT c.quantity FROM purchasing_commitment AS c
        WHERE c.order_item_id = office.item_id AND c.location_id = office.location_id
          AND c.made_at <= office.meter_read_at
        ORDER BY c.id DESC LIMIT 1) AS earlier ON true
    GROUP BY office.meter_id, latest.practice_id
),
added AS (
    SELECT meter_id, count(*) AS practices, sum(by_units)::bigint AS volume,
           (array_agg(by_units ORDER BY by_units DESC))[1:2] AS most
    FROM moved WHERE by_units <> 0 GROUP BY meter_id
)
SELECT meter_id, practices, volume, most[1] AS largest, COALESCE(most[2], 0) AS second
FROM added ORDER BY meter_id
