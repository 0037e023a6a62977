-- Reads: a payer's lines of money that nobody matched yet. Writes capitation_receipt: one a line
-- whose number and MBI, as they stand on it, name a member. A line is matched once (unique), so
-- again adds nothing.
INSERT INTO capitation_receipt
    (contract_id, member_id, coverage_month, amount_cents, line_id, reason, fact_no)
SELECT line.contract_id, known.member_id, line.coverage_month, line.amount_cents, line.id, '',
       %(fact_no)s
FROM unnest(%(refs)s::text[], %(mbis)s::bytea[], %(members)s::bigint[])
     AS known (member_ref, mbi, member_id)
JOIN capitation_remittanceline AS line
  ON line.member_ref = known.member_ref AND COALESCE(line.mbi_index, ''::bytea) = known.mbi
JOIN capitation_contract AS contract
  ON contract.id = line.contract_id AND contract.id = ANY (%(contracts)s)
JOIN capitation_planfile AS file ON file.id = line.file_id
WHERE (%(file_id)s::bigint IS NULL OR line.file_id = %(file_id)s)
  -- Only the contract's one source of money is received; other files say what was expected.
  AND file.figures @> '{"is_source": true}'
  AND NOT EXISTS (SELECT FROM capitation_receipt AS receipt WHERE receipt.line_id = line.id);
