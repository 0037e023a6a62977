-- A package that came before comes again only as itself, and only after it was sent back: a return
-- that left names it, or all packs of its receipt left.
-- Reads serials, returns and their steps.
WITH gone AS (
    SELECT DISTINCT t.id, t.receipt_id, t.packs
    FROM purchasing_trouble AS t
    JOIN purchasing_troublestep AS s ON s.trouble_id = t.id AND s.state IN ('shipped', 'credited')
    WHERE t.kind = 'return'
)
SELECT again.id AS package_id, again.gtin, again.serial
FROM purchasing_receiptserial AS again
JOIN purchasing_receiptserial AS before ON before.id = again.again_of_id
JOIN purchasing_receipt AS r ON r.id = before.receipt_id
WHERE (again.gtin, again.serial) <> (before.gtin, before.serial)
   OR (
       NOT EXISTS (
           SELECT FROM gone
           JOIN purchasing_returnedpackage AS p ON p.trouble_id = gone.id
           WHERE p.package_id = before.id
       )
       AND (SELECT coalesce(sum(packs), 0) FROM gone WHERE gone.receipt_id = r.id) < r.packs
   )
