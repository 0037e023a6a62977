-- What a supplier paid back is what practices were given and what is kept and told of it: its parts
-- come to it, and the ledger booked each of the three. Reads rebates, their parts and the ledger.
SELECT r.id AS receipt_id, r.cents, told.cents AS shared, booked.received, booked.given, booked.kept
FROM purchasing_rebatereceipt AS r
JOIN purchasing_supplycontract AS c ON c.id = r.contract_id
JOIN purchasing_supplier AS s ON s.id = c.supplier_id
LEFT JOIN LATERAL (
    SELECT sum(h.cents) AS cents, sum(h.kept_cents) AS kept
    FROM purchasing_rebateshare AS h WHERE h.receipt_id = r.id
) AS told ON true
LEFT JOIN LATERAL (
    SELECT sum(p.amount_cents) FILTER (WHERE a.kind = 'cash') AS received,
           -sum(p.amount_cents) FILTER (WHERE a.kind = 'payable') AS given,
           -sum(p.amount_cents) FILTER (
               WHERE a.kind = 'admin_fee_income' AND a.party_id = s.party_id
           ) AS kept
    FROM ledger_entry AS e
    JOIN ledger_posting AS p ON p.entry_id = e.id
    JOIN ledger_account AS a ON a.id = p.account_id
    WHERE e.key = 'rebate:' || r.id AND e.status = 'posted'
) AS booked ON true
WHERE told.cents IS DISTINCT FROM r.cents
    OR told.kept IS DISTINCT FROM r.kept_cents
    OR booked.received IS DISTINCT FROM r.cents
    OR COALESCE(booked.given, 0) <> r.cents - r.kept_cents
    OR COALESCE(booked.kept, 0) <> r.kept_cents
