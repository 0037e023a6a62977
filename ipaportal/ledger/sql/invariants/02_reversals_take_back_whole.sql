-- A reversal takes back exactly one posted entry, account by account; none is reversed twice.
SELECT reversal.id, reversal.key, posting.account_id::text AS what,
       sum(posting.amount_cents) AS over_cents
FROM ledger_entry reversal
JOIN ledger_posting posting ON posting.entry_id IN (reversal.id, reversal.reverses_id)
WHERE reversal.status = 'posted' AND reversal.reverses_id IS NOT NULL
GROUP BY reversal.id, reversal.key, posting.account_id
HAVING sum(posting.amount_cents) <> 0
UNION ALL
SELECT reversal.id, reversal.key, 'reverses ' || original.status, 0
FROM ledger_entry reversal
JOIN ledger_entry original ON original.id = reversal.reverses_id
WHERE reversal.status = 'posted' AND original.status <> 'posted'
UNION ALL
SELECT reverses_id, min(key), 'reversed more than once', count(*)
FROM ledger_entry WHERE reverses_id IS NOT NULL GROUP BY reverses_id HAVING count(*) > 1
