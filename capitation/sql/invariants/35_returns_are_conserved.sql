-- Every line of a bank's file of returns is kept, and one that was applied brought its payment
-- back, in the same cents.
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
  AND (payment.status <> 'returned' OR payment.amount_cents <> line.amount_cents
       OR payment.return_code <> line.code OR payment.trace_number <> line.trace_number)
