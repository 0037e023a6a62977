-- What was taken from payouts for a charge, without what went back, is no more than the charge
-- without its credits; each taking is booked once as its own entry on the practice's payable
-- account. Reads charges, takings, credits and the ledger.
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
LEFT JOIN LATERAL (
    SELECT sum(k.cents) AS credited, sum(k.given_back_cents) AS back
    FROM purchasing_chargecredit AS k WHERE k.charge_id = c.id
) AS less ON true
GROUP BY c.id, less.credited, less.back
HAVING sum(n.cents) - COALESCE(less.back, 0) > c.cents - COALESCE(less.credited, 0)
    OR bool_or(booked.cents IS DISTINCT FROM n.cents)
