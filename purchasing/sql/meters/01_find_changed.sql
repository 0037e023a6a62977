-- Reads the items of group orders that run, and of each what was said since its meter was read.
-- Answers those of which enough practices said anything: only they may show something new. Asks
-- the index of the time for what came since, so it costs what changed and not what there is.
SELECT i.order_id, i.id AS item_id
FROM purchasing_grouporder AS o
JOIN purchasing_orderitem AS i ON i.order_id = o.id
CROSS JOIN LATERAL (
    SELECT count(DISTINCT c.practice_id) AS practices
    FROM purchasing_commitment AS c
    WHERE c.order_item_id = ANY (COALESCE(
              (SELECT array_agg(k::bigint) FROM jsonb_object_keys(i.pool -> 'weights') AS k),
              ARRAY[i.id]))
      AND c.made_at > COALESCE(i.meter_read_at, '-infinity')) AS since
WHERE o.status = ANY (%(running)s) AND since.practices >= %(least)s
ORDER BY i.order_id, i.id
