-- What was taken from payouts for a charge is no more than the charge, each taking is booked once
-- as its own entry on the practice's payable account. Reads charges, takings and the ledger.
SELECT c.id AS charge_id, c.cents, sum(n.cents) AS taken
FROM purchasing_charge AS c
JOIN purchasing_netline AS n ON n.charge_id = c.id
JOIN credentialing_practice AS practice ON practice.id = c.practice_id
LEFT JOIN LATERAL (
    SELECT sum(p.amount_cents) AS cents
    FROM ledger_posting AS p
    JOIN ledger_account AS a ON a.id = p.account_id
    WHERE p.entry_id = n.entry_id AND a.kind = 'payable' AND a.party_id = practice.party_id
) AS booked ON true
GROUP BY c.id
HAVING sum(n.cents) > c.cents OR bool_or(booked.cents IS DISTINCT FROM n.cents)
