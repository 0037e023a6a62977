-- A batch says how many payments it holds and their total.
SELECT batch.id, batch.total_cents, batch.payment_count,
       count(payment.id) AS counted, sum(payment.amount_cents) AS summed_cents
FROM capitation_paymentbatch batch
LEFT JOIN capitation_payment payment ON payment.batch_id = batch.id
GROUP BY batch.id
HAVING count(payment.id) <> batch.payment_count
    OR coalesce(sum(payment.amount_cents), 0) <> batch.total_cents
