-- Nobody was paid while a hold stood, nor to bank details not yet approved or still cooling off.
SELECT payment.id, batch.released_at, 'held: ' || hold.text AS why
FROM capitation_payment payment
JOIN capitation_paymentbatch batch ON batch.id = payment.batch_id AND batch.status = 'released'
JOIN ledger_hold hold ON hold.party_id = payment.party_id AND hold.stops = 'all'
WHERE hold.placed_at < batch.released_at
  AND (hold.released_at IS NULL OR hold.released_at > batch.released_at)
UNION ALL
SELECT payment.id, batch.released_at, 'bank details not usable until ' || account.usable_from
FROM capitation_payment payment
JOIN capitation_paymentbatch batch ON batch.id = payment.batch_id AND batch.status = 'released'
JOIN capitation_bankaccount account ON account.id = payment.bank_account_id
WHERE account.usable_from IS NULL OR account.usable_from > batch.released_at
   OR account.party_id <> payment.party_id OR account.purpose <> 'payee'
