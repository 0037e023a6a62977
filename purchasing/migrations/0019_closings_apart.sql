-- Each item's packs and each office's part go to tables of their own; item, name and price stay. The
-- digest stands: it is of what is put together again. Reads and writes closed group orders.
INSERT INTO purchasing_itemclosing (order_item_id, packs, unfilled)
SELECT (item ->> 'item')::bigint, (item ->> 'packs')::int, (item ->> 'unfilled')::int
FROM purchasing_grouporder AS o
CROSS JOIN LATERAL jsonb_array_elements(o.snapshot -> 'items') AS item
WHERE jsonb_typeof(o.snapshot) = 'object';

INSERT INTO purchasing_officepart
    (order_item_id, practice_id, location_id, commitment_id, asked, flex, packs, released)
SELECT (item ->> 'item')::bigint, (office ->> 'practice')::bigint, (office ->> 'location')::bigint,
       (office ->> 'commitment')::bigint, (office ->> 'asked')::int, (office ->> 'flex')::int,
       (office ->> 'packs')::int, office ->> 'released'
FROM purchasing_grouporder AS o
CROSS JOIN LATERAL jsonb_array_elements(o.snapshot -> 'items') AS item
CROSS JOIN LATERAL jsonb_array_elements(item -> 'offices') AS office
WHERE jsonb_typeof(o.snapshot) = 'object';

UPDATE purchasing_grouporder AS o
SET snapshot = jsonb_set(o.snapshot, '{items}', (
        SELECT COALESCE(
            jsonb_agg(item - 'packs' - 'unfilled' - 'offices' ORDER BY place), '[]'::jsonb)
        FROM jsonb_array_elements(o.snapshot -> 'items') WITH ORDINALITY AS one (item, place)))
WHERE jsonb_typeof(o.snapshot) = 'object';
