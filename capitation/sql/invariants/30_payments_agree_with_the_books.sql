-- What was paid stands in the books: each payment's entry moves its amount from its payee's
-- payable, once, and every settlement, return and void has its own entry.
WITH booked AS (
    SELECT payment.id, payment.status, payment.amount_cents, entry.status AS entry_status,
           (SELECT sum(posting.amount_cents) FROM ledger_posting posting
            JOIN ledger_account account ON account.id = posting.account_id
            WHERE posting.entry_id = entry.id AND account.kind = 'payable'
              AND account.party_id = payment.party_id) AS from_payable_cents,
           EXISTS (SELECT FROM ledger_entry outcome WHERE outcome.status = 'posted'
                   AND outcome.key = 'payment:' || payment.id || ':settled') AS settled,
           EXISTS (SELECT FROM ledger_entry outcome WHERE outcome.status = 'posted'
                   AND outcome.key = 'payment:' || payment.id || ':returned') AS returned,
           EXISTS (SELECT FROM ledger_entry outcome WHERE outcome.status = 'posted'
                   AND outcome.key = 'payment:' || payment.id || ':void') AS voided
    FROM capitation_payment payment
    LEFT JOIN ledger_entry entry ON entry.key = 'payment:' || payment.id
)
SELECT id, status, amount_cents, entry_status, from_payable_cents, settled, returned, voided
FROM booked
WHERE CASE status
    WHEN 'prepared' THEN entry_status IS NOT NULL OR settled OR returned OR voided
    WHEN 'void' THEN settled OR returned OR voided IS DISTINCT FROM (entry_status IS NOT NULL)
    ELSE entry_status IS DISTINCT FROM 'posted'
         OR from_payable_cents IS DISTINCT FROM amount_cents
         OR voided
         OR returned <> (status = 'returned')
         OR (settled AND status = 'released') OR (NOT settled AND status = 'settled')
END
