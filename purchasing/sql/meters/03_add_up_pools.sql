-- Reads commitments. Answers the same for meters that count several items together, each pack by
-- its weight: `meters`, `items` and `weights` say which counts what.
WITH word AS (
    SELECT DISTINCT ON (p.meter_id, c.order_item_id, c.location_id)
           p.meter_id, c.practice_id, c.quantity * p.weight AS units
    FROM unnest(%(meters)s::bigint[], %(items)s::bigint[], %(weights)s::bigint[])
         AS p (meter_id, item_id, weight)
    JOIN purchasing_commitment AS c ON c.order_item_id = p.item_id
    ORDER BY p.meter_id, c.order_item_id, c.location_id, c.id DESC
),
asked AS (
    SELECT meter_id, practice_id, sum(units)::bigint AS units
    FROM word GROUP BY meter_id, practice_id
),
added AS (
    SELECT meter_id, count(*) FILTER (WHERE units > 0) AS practices, sum(units)::bigint AS volume,
           (array_agg(units ORDER BY units DESC))[1:2] AS most
    FROM asked GROUP BY meter_id
)
SELECT meter_id, practices, volume, most[1] AS largest, COALESCE(most[2], 0) AS second
FROM added ORDER BY meter_id
