-- The register agrees with the payments: each released check has one number and its state, no
-- number lies below the first, and each positive pay file is the sum of what it told.
SELECT 'check' AS what, payment.id::bigint AS id, payment.status AS stated,
       coalesce(paper.status, 'no check') AS found
FROM capitation_payment payment
JOIN capitation_paymentbatch batch ON batch.id = payment.batch_id
LEFT JOIN capitation_check paper ON paper.payment_id = payment.id
WHERE batch.method = 'check' AND batch.status = 'released'
  AND coalesce(paper.status, '') <> ALL (CASE payment.status
      WHEN 'released' THEN ARRAY['printed'] WHEN 'settled' THEN ARRAY['cleared']
      WHEN 'void' THEN ARRAY['void', 'stopped'] ELSE ARRAY[]::text[] END)
   OR paper.id IS NOT NULL AND batch.method <> 'check'
UNION ALL
SELECT 'number', paper.id, paper.number::text, book.first_number::text
FROM capitation_check paper
JOIN capitation_checkbook book ON book.id = paper.book_id
WHERE paper.number < book.first_number
UNION ALL
SELECT 'positive pay', file.id, file.issued_cents || '/' || file.void_cents,
       coalesce(sum(payment.amount_cents) FILTER (WHERE line.kind = 'I'), 0) || '/'
       || coalesce(sum(payment.amount_cents) FILTER (WHERE line.kind = 'V'), 0)
FROM capitation_positivepayfile file
LEFT JOIN capitation_positivepayline line ON line.file_id = file.id
LEFT JOIN capitation_check paper ON paper.id = line.check_told_id
LEFT JOIN capitation_payment payment ON payment.id = paper.payment_id
GROUP BY file.id
HAVING file.issued_count <> count(line.id) FILTER (WHERE line.kind = 'I')
    OR file.void_count <> count(line.id) FILTER (WHERE line.kind = 'V')
    OR file.issued_cents <> coalesce(sum(payment.amount_cents) FILTER (WHERE line.kind = 'I'), 0)
    OR file.void_cents <> coalesce(sum(payment.amount_cents) FILTER (WHERE line.kind = 'V'), 0)
