-- What a supplier owes of rebates is what was booked as owed less what it paid, and the ledger says
-- the same; each booking is the sum of its parts; after each, what stands for a practice is what
-- the books said it was owed in all; a supplier's figure is what was earned and what was agreed on.
-- Reads rebates, statements and the ledger.
WITH moved AS (
    SELECT contract_id, cents FROM purchasing_rebateaccrual
    UNION ALL
    SELECT contract_id, -cents FROM purchasing_rebatereceipt
),
told AS (
    SELECT s.party_id, sum(m.cents) AS owed
    FROM moved AS m
    JOIN purchasing_supplycontract AS c ON c.id = m.contract_id
    JOIN purchasing_supplier AS s ON s.id = c.supplier_id
    GROUP BY s.party_id
),
booked AS (
    SELECT a.party_id, sum(p.amount_cents) AS owed
    FROM ledger_posting AS p
    JOIN ledger_entry AS e ON e.id = p.entry_id AND e.status = 'posted'
    JOIN ledger_account AS a ON a.id = p.account_id AND a.kind = 'rebate_receivable'
    GROUP BY a.party_id
),
running AS (
    SELECT p.id, p.entitled_cents, sum(p.cents) OVER (
        PARTITION BY a.contract_id, a.start_date, p.practice_id ORDER BY a.id
    ) AS stands
    FROM purchasing_rebatepart AS p
    JOIN purchasing_rebateaccrual AS a ON a.id = p.accrual_id
)
SELECT 'supplier' AS what, COALESCE(told.party_id, booked.party_id) AS id, told.owed, booked.owed
FROM told FULL JOIN booked ON booked.party_id = told.party_id
WHERE COALESCE(told.owed, 0) <> COALESCE(booked.owed, 0)
UNION ALL
SELECT 'accrual', a.id, a.cents, sum(p.cents)
FROM purchasing_rebateaccrual AS a
LEFT JOIN purchasing_rebatepart AS p ON p.accrual_id = a.id
GROUP BY a.id HAVING sum(p.cents) IS DISTINCT FROM a.cents
UNION ALL
SELECT 'part', id, entitled_cents, stands FROM running WHERE entitled_cents <> stands
UNION ALL
SELECT 'statement', s.id, s.said_cents - s.earned_cents, COALESCE(sum(g.cents), 0)
FROM purchasing_rebatestatement AS s
LEFT JOIN purchasing_rebateagreed AS g ON g.statement_id = s.id
GROUP BY s.id HAVING s.said_cents - s.earned_cents <> COALESCE(sum(g.cents), 0)
