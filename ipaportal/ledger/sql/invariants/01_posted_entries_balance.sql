-- Every posted entry balances and has at least two postings.
SELECT entry.id, entry.key, count(posting.id) AS postings, sum(posting.amount_cents) AS over_cents
FROM ledger_entry entry
LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id
WHERE entry.status = 'posted'
GROUP BY entry.id, entry.key
HAVING coalesce(sum(posting.amount_cents), 1) <> 0 OR count(posting.id) < 2
