-- A bonus that two people agreed to is booked once, to the cent, to its practice; none else is, and
-- none was agreed to while a hold stood on the practice's bonuses.
SELECT bonus.id, bonus.status, bonus.amount_cents, booked.cents, 'not as booked' AS why
FROM capitation_bonus AS bonus
FULL JOIN (
    SELECT entry.key, -sum(posting.amount_cents) AS cents, min(account.party_id) AS party_id
    FROM ledger_entry AS entry
    JOIN ledger_posting AS posting ON posting.entry_id = entry.id
    JOIN ledger_account AS account ON account.id = posting.account_id AND account.kind = 'payable'
    WHERE entry.key ~ '^bonus:[0-9]+$' AND entry.status = 'posted'
    GROUP BY entry.key
) AS booked ON booked.key = 'bonus:' || bonus.id
WHERE (bonus.status = 'paid') IS DISTINCT FROM (booked.key IS NOT NULL)
   OR bonus.status = 'paid'
      AND (booked.cents, booked.party_id)
          IS DISTINCT FROM (bonus.amount_cents::numeric, bonus.party_id)
UNION ALL
SELECT bonus.id, bonus.status, bonus.amount_cents, NULL, 'held: ' || hold.text
FROM capitation_bonus AS bonus
JOIN ledger_hold AS hold ON hold.party_id = bonus.party_id
WHERE bonus.status = 'paid' AND hold.placed_at < bonus.decided_at
  AND (hold.released_at IS NULL OR hold.released_at > bonus.decided_at)
