-- Nobody reverses a reversal: what was taken back is booked anew, under a new key.
SELECT entry.id, entry.key, 'reverses a reversal' AS what
FROM ledger_entry entry
JOIN ledger_entry original ON original.id = entry.reverses_id
WHERE original.reverses_id IS NOT NULL
