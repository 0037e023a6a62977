-- Every line of a bank's file of returns is kept, and one that was applied brought its payment
-- back in the same cents (or its prenote, in none), or says what the banks made of that.
SELECT 'file' AS what, file.id::text AS id, file.line_count::bigint AS stated,
       count(line.id) AS found, file.total_cents AS stated_cents,
       coalesce(sum(line.amount_cents), 0) AS found_cents
FROM capitation_returnfile file
LEFT JOIN capitation_returnline line ON line.file_id = file.id
GROUP BY file.id
HAVING count(line.id) <> file.line_count
    OR coalesce(sum(line.amount_cents), 0) <> file.total_cents
UNION ALL
SELECT 'line', line.id::text, line.line, line.line, line.amount_cents, payment.amount_cents
FROM capitation_returnline line
JOIN capitation_payment payment ON payment.id = line.payment_id
WHERE line.state = 'applied'
  AND (payment.amount_cents <> line.amount_cents OR payment.trace_number <> line.trace_number
       OR CASE line.kind
          WHEN 'return' THEN payment.return_code <> line.code
               OR payment.status <> 'returned' AND payment.dishonoured_at IS NULL
          WHEN 'dishonour' THEN payment.dishonour_code <> line.code
               OR payment.status <> 'settled' AND payment.contested_at IS NULL
          ELSE payment.contest_code <> line.code OR payment.status <> 'returned' END)
UNION ALL
SELECT 'prenote', line.id::text, line.line, line.line, line.amount_cents, 0
FROM capitation_returnline line
JOIN capitation_prenote prenote ON prenote.id = line.prenote_id
WHERE line.state = 'applied'
  AND (prenote.status <> 'returned' OR prenote.return_code <> line.code
       OR prenote.trace_number <> line.trace_number OR line.amount_cents <> 0)
