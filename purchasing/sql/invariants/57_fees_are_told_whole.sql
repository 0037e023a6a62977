-- What practices are told of a fee is the fee: its parts come to it, and the ledger booked it as
-- income of that supplier. Reads fees, their parts and the ledger.
SELECT r.id AS fee_id, r.cents, told.cents AS told, booked.cents AS booked
FROM purchasing_feereceipt AS r
JOIN purchasing_supplycontract AS c ON c.id = r.contract_id
JOIN purchasing_supplier AS s ON s.id = c.supplier_id
LEFT JOIN LATERAL (
    SELECT sum(f.cents) AS cents FROM purchasing_feeshare AS f WHERE f.receipt_id = r.id
) AS told ON true
LEFT JOIN LATERAL (
    SELECT -sum(p.amount_cents) AS cents
    FROM ledger_posting AS p
    JOIN ledger_account AS a ON a.id = p.account_id
    WHERE p.entry_id = r.entry_id AND a.kind = 'admin_fee_income' AND a.party_id = s.party_id
) AS booked ON true
WHERE told.cents IS DISTINCT FROM r.cents OR booked.cents IS DISTINCT FROM r.cents
