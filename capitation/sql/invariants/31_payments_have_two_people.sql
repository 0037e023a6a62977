-- Nobody released a batch that they prepared, or whose bank details they proposed, and nobody
-- approved bank details that they proposed.
SELECT 'batch' AS what, batch.id::text AS id, batch.released_by_name AS who
FROM capitation_paymentbatch batch
WHERE batch.status = 'released'
  AND (batch.released_by_id IS NULL OR batch.released_by_id = batch.prepared_by_id
       OR EXISTS (SELECT FROM capitation_payment payment
                  JOIN capitation_bankaccount account ON account.id = payment.bank_account_id
                  WHERE payment.batch_id = batch.id
                    AND account.proposed_by_id = batch.released_by_id))
UNION ALL
SELECT 'bank account', id::text, decided_by_name
FROM capitation_bankaccount
WHERE status IN ('active', 'replaced')
  AND (decided_by_id IS NULL OR decided_by_id = proposed_by_id)
