-- Reads commitments. Answers what practices ask for of each item, in the few figures that the rule
-- of meters wants: how many practices, how many packs, the two largest. Item by item, so that what
-- is sorted stays small; the newest word of each office comes from the index alone.
SELECT m.meter_id, s.practices, s.volume,
       COALESCE(s.most[1], 0) AS largest, COALESCE(s.most[2], 0) AS second
FROM unnest(%(meters)s::bigint[]) AS m (meter_id)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE units > 0) AS practices,
           COALESCE(sum(units), 0)::bigint AS volume,
           (array_agg(units ORDER BY units DESC))[1:2] AS most
    FROM (SELECT word.practice_id, sum(word.quantity) AS units
          FROM (SELECT DISTINCT ON (c.location_id) c.practice_id, c.quantity
                FROM purchasing_commitment AS c WHERE c.order_item_id = m.meter_id
                ORDER BY c.location_id, c.id DESC) AS word
          GROUP BY word.practice_id) AS asked) AS s
ORDER BY m.meter_id
