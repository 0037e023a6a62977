-- What the books have on its way to payees is exactly what released files hold unsettled.
SELECT coalesce(books.cents, 0) AS in_transit_cents, coalesce(files.cents, 0) AS in_files_cents
FROM (SELECT sum(posting.amount_cents) AS cents
      FROM ledger_posting posting
      JOIN ledger_entry entry ON entry.id = posting.entry_id AND entry.status = 'posted'
      JOIN ledger_account account ON account.id = posting.account_id
      WHERE account.kind = 'payments_in_transit') AS books,
     (SELECT sum(amount_cents) AS cents FROM capitation_payment WHERE status = 'released') AS files
WHERE coalesce(books.cents, 0) + coalesce(files.cents, 0) <> 0
