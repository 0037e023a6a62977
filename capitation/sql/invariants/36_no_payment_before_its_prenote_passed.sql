-- Nobody was paid to an account whose prenote had come back or had not had its banking days, and no
-- file of prenotes and of payments share a day and a letter.
SELECT 'payment' AS what, payment.id, 'prenote ' || prenote.status AS why
FROM capitation_payment payment
JOIN capitation_paymentbatch batch ON batch.id = payment.batch_id AND batch.status = 'released'
JOIN capitation_prenote prenote ON prenote.bank_account_id = payment.bank_account_id
JOIN capitation_prenotefile file ON file.id = prenote.file_id
WHERE file.sent_at <= batch.released_at
  AND (batch.file_date < prenote.clears_on OR prenote.returned_at < batch.released_at)
UNION ALL
SELECT 'file', file.id, 'day and letter of payment batch ' || batch.id
FROM capitation_prenotefile file
JOIN capitation_paymentbatch batch
  ON batch.file_date = file.file_date AND batch.file_id_modifier = file.file_id_modifier
