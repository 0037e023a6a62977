-- The way back: everything into the order's own row again. The two tables are then dropped.
UPDATE purchasing_grouporder AS o
SET snapshot = jsonb_set(o.snapshot, '{items}', (
        SELECT COALESCE(jsonb_agg(item || jsonb_build_object(
            'packs', c.packs,
            'unfilled', c.unfilled,
            'offices', (
                SELECT COALESCE(jsonb_agg(jsonb_build_object(
                    'location', p.location_id, 'practice', p.practice_id,
                    'commitment', p.commitment_id, 'asked', p.asked, 'flex', p.flex,
                    'packs', p.packs, 'released', p.released
                ) ORDER BY p.location_id::text COLLATE "C"), '[]'::jsonb)
                FROM purchasing_officepart AS p WHERE p.order_item_id = c.order_item_id)
        ) ORDER BY place), '[]'::jsonb)
        FROM jsonb_array_elements(o.snapshot -> 'items') WITH ORDINALITY AS one (item, place)
        JOIN purchasing_itemclosing AS c ON c.order_item_id = (item ->> 'item')::bigint))
WHERE jsonb_typeof(o.snapshot) = 'object';

ALTER TABLE purchasing_officepart DISABLE TRIGGER USER;
ALTER TABLE purchasing_itemclosing DISABLE TRIGGER USER;
DELETE FROM purchasing_officepart;
DELETE FROM purchasing_itemclosing;
ALTER TABLE purchasing_officepart ENABLE TRIGGER USER;
ALTER TABLE purchasing_itemclosing ENABLE TRIGGER USER;
