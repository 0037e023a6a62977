-- Every file's entry in the books is the sum of the file's lines; what is not the contract's source
-- of money is not in the books.
SELECT file.id, entry.key, lines.cents AS lines_cents, booked.cents AS booked_cents
FROM capitation_planfile AS file
LEFT JOIN (
    SELECT file_id, sum(amount_cents) AS cents FROM capitation_remittanceline GROUP BY file_id
) AS lines ON lines.file_id = file.id
LEFT JOIN ledger_entry AS entry ON entry.key = 'file:' || file.id AND entry.status = 'posted'
LEFT JOIN LATERAL (
    SELECT -sum(posting.amount_cents) AS cents
    FROM ledger_posting AS posting JOIN ledger_account AS account ON account.id = posting.account_id
    WHERE posting.entry_id = entry.id AND account.kind = 'plan_clearing'
) AS booked ON true
WHERE COALESCE(booked.cents, 0) <> CASE
    WHEN file.status = 'applied' AND file.figures @> '{"is_source": true}'
    THEN COALESCE(lines.cents, 0) ELSE 0 END
