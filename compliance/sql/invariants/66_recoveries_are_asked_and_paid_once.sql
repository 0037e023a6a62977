-- What was asked of a member's year in all is what was owed of it at the last claim; of a claim no
-- more is paid than was asked; each payment is its entry's cash, booked by another than who asked.
SELECT last.id AS recovery_id, last.owed_cents AS expected_cents, every.cents AS found_cents
FROM (
    SELECT max(r.id) AS id, sum(r.cents) AS cents
    FROM compliance_recovery AS r JOIN compliance_reinsurancecontract AS k ON k.id = r.contract_id
    GROUP BY k.payer_id, k.number, r.member_id
) AS every JOIN compliance_recovery AS last ON last.id = every.id
WHERE last.owed_cents <> every.cents
UNION ALL
SELECT r.id, r.cents, sum(p.cents)
FROM compliance_recovery AS r JOIN compliance_recoverypayment AS p ON p.recovery_id = r.id
GROUP BY r.id, r.cents
HAVING sum(p.cents) NOT BETWEEN least(r.cents, 0) AND greatest(r.cents, 0)
UNION ALL
SELECT p.recovery_id, p.cents, coalesce(sum(g.amount_cents), 0)
FROM compliance_recoverypayment AS p
LEFT JOIN ledger_entry AS e ON e.id = p.entry_id AND e.status = 'posted'
LEFT JOIN ledger_posting AS g ON g.entry_id = e.id
      AND g.account_id IN (SELECT id FROM ledger_account WHERE kind = 'cash')
GROUP BY p.id, p.recovery_id, p.cents
HAVING p.cents <> coalesce(sum(g.amount_cents), 0)
UNION ALL
SELECT back.recovery_id, -first.cents, back.cents
FROM compliance_recoverypayment AS back
JOIN compliance_recoverypayment AS first ON first.id = back.reverses_id
WHERE back.cents <> -first.cents OR back.recovery_id <> first.recovery_id
UNION ALL
SELECT r.id, p.cents, p.cents
FROM compliance_recoverypayment AS p JOIN compliance_recovery AS r ON r.id = p.recovery_id
WHERE p.reverses_id IS NULL AND p.made_by_id = r.filed_by_id;
