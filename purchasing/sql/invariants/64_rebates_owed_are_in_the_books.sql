-- What is owed to a practice of rebates is what was booked less what suppliers paid, never below
-- nought for a period, and the ledger says the same. Reads rebates and the ledger.
WITH moved AS (
    SELECT practice_id, supplier_id, contract_number, start_date, cents FROM purchasing_rebatepart
    UNION ALL
    SELECT practice_id, supplier_id, contract_number, start_date, -cents FROM purchasing_rebateshare
),
below AS (
    SELECT practice_id, sum(cents) AS owed FROM moved
    GROUP BY practice_id, supplier_id, contract_number, start_date HAVING sum(cents) < 0
),
booked AS (
    SELECT practice.id AS practice_id, -sum(p.amount_cents) AS owed
    FROM ledger_posting AS p
    JOIN ledger_entry AS e ON e.id = p.entry_id AND e.status = 'posted'
    JOIN ledger_account AS a ON a.id = p.account_id AND a.kind = 'rebate_payable'
    JOIN credentialing_practice AS practice ON practice.party_id = a.party_id
    GROUP BY practice.id
),
told AS (SELECT practice_id, sum(cents) AS owed FROM moved GROUP BY practice_id)
SELECT practice_id, owed, NULL AS booked FROM below
UNION ALL
SELECT COALESCE(told.practice_id, booked.practice_id), told.owed, booked.owed
FROM told FULL JOIN booked ON booked.practice_id = told.practice_id
WHERE COALESCE(told.owed, 0) <> COALESCE(booked.owed, 0)
