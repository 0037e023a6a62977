-- What a standing order was copied into is the very pack that its practice named, or, where any
-- equivalent will do, one of the same size that is the same in all that was stated of some version
-- of it. Reads standing orders, their uses, and the versions that orders pinned.
SELECT u.id AS use_id, s.id AS standing_id
FROM purchasing_standinguse AS u
JOIN purchasing_standingorder AS s ON s.id = u.standing_id
JOIN purchasing_packlevel AS named ON named.id = s.level_id
JOIN purchasing_orderitem AS got ON got.id = u.order_item_id
JOIN purchasing_packlevel AS pack ON pack.id = got.level_id
JOIN purchasing_itemversion AS v ON v.id = got.version_id
WHERE u.outcome <> 'not' AND got.level_id <> s.level_id AND NOT (
    s.any_equivalent
    AND NOT got.is_as_written
    AND pack.eaches = named.eaches
    AND v.schedule NOT IN ('2', '2N')
    AND EXISTS (
        SELECT FROM purchasing_itemversion AS w
        WHERE w.item_id = named.item_id AND w.kind = v.kind AND w.schedule = v.schedule
            AND CASE v.kind
                WHEN 'drug' THEN w.ingredient <> '' AND w.strength <> ''
                    AND w.form <> '' AND w.route <> ''
                    AND lower(w.ingredient) = lower(v.ingredient)
                    AND lower(w.strength) = lower(v.strength)
                    AND lower(w.form) = lower(v.form) AND lower(w.route) = lower(v.route)
                ELSE v.kind IN ('supply', 'device') AND w.supply_class <> ''
                    AND lower(w.supply_class) = lower(v.supply_class)
            END
    )
)
