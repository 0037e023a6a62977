-- Plan clearing of each payer holds what its files stated, less what its posted runs received and
-- what was given back out of suspense: money still on its way, and nothing else.
WITH payer AS (SELECT id AS payer_id, party_id FROM capitation_payer),
held AS (
    SELECT account.party_id, -sum(posting.amount_cents) AS cents
    FROM ledger_account AS account
    JOIN ledger_posting AS posting ON posting.account_id = account.id
    JOIN ledger_entry AS entry ON entry.id = posting.entry_id AND entry.status = 'posted'
    WHERE account.kind = 'plan_clearing'
    GROUP BY account.party_id
),
stated AS (
    SELECT contract.payer_id, sum(line.amount_cents) AS cents
    FROM capitation_remittanceline AS line
    JOIN capitation_contract AS contract ON contract.id = line.contract_id
    JOIN capitation_planfile AS file ON file.id = line.file_id
     AND file.figures @> '{"is_source": true}'
    GROUP BY contract.payer_id
),
corrected AS (
    SELECT contract.payer_id, sum(receipt.amount_cents) AS cents
    FROM capitation_receipt AS receipt
    JOIN capitation_contract AS contract ON contract.id = receipt.contract_id
    WHERE receipt.line_id IS NULL
    GROUP BY contract.payer_id
),
told AS (
    SELECT contract.payer_id, sum(w.received_cents) AS cents
    FROM capitation_waterfall AS w
    JOIN capitation_run AS run ON run.id = w.run_id AND run.status = 'posted'
    JOIN capitation_contract AS contract ON contract.id = run.contract_id
    GROUP BY contract.payer_id
)
SELECT payer_id, held.cents AS held_cents, stated.cents AS stated_cents, told.cents AS told_cents
FROM payer
LEFT JOIN held ON held.party_id = payer.party_id
LEFT JOIN stated USING (payer_id)
LEFT JOIN corrected USING (payer_id)
LEFT JOIN told USING (payer_id)
WHERE COALESCE(held.cents, 0)
   <> COALESCE(stated.cents, 0) + COALESCE(corrected.cents, 0) - COALESCE(told.cents, 0)
