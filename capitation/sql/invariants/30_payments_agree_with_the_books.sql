-- What was paid stands in the books: each payment's entry moves its amount from its payee's
-- payable, once, and every settlement, return, void, payment after all, and refused or contested
-- return has its own entry.
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
                   AND outcome.key = 'payment:' || payment.id || ':void') AS voided,
           EXISTS (SELECT FROM ledger_entry outcome
                   JOIN ledger_posting posting ON posting.entry_id = outcome.id
                   JOIN ledger_account account ON account.id = posting.account_id
                   WHERE outcome.status = 'posted'
                     AND outcome.key = 'payment:' || payment.id || ':paid'
                     AND account.kind = 'payable' AND account.party_id = payment.party_id
                     AND posting.amount_cents = payment.amount_cents) AS paid_after_all,
           payment.paid_after_all_at IS NOT NULL AS says_paid_after_all,
           disputed.dishonoured, disputed.contested,
           payment.dishonoured_at IS NOT NULL AS says_dishonoured,
           payment.contested_at IS NOT NULL AS says_contested
    FROM capitation_payment payment
    LEFT JOIN ledger_entry entry ON entry.key = 'payment:' || payment.id
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(outcome.key LIKE '%%:dishonoured'
                                AND posting.amount_cents = payment.amount_cents), false)
                   AS dishonoured,
               coalesce(bool_or(outcome.key LIKE '%%:contested'
                                AND posting.amount_cents = -payment.amount_cents), false)
                   AS contested
        FROM ledger_entry outcome
        JOIN ledger_posting posting ON posting.entry_id = outcome.id
        JOIN ledger_account account ON account.id = posting.account_id
        WHERE outcome.key IN ('payment:' || payment.id || ':dishonoured',
                              'payment:' || payment.id || ':contested')
          AND outcome.status = 'posted' AND account.kind = 'payable'
          AND account.party_id = payment.party_id
    ) AS disputed
)
SELECT id, status, amount_cents, entry_status, from_payable_cents, settled, returned, voided,
       paid_after_all, dishonoured, contested
FROM booked
WHERE paid_after_all <> says_paid_after_all
   OR dishonoured <> says_dishonoured OR contested <> says_contested
   OR dishonoured AND NOT returned
   OR CASE status
    WHEN 'prepared' THEN entry_status IS NOT NULL OR settled OR returned OR voided
    WHEN 'void' THEN settled OR returned OR paid_after_all
                     OR voided IS DISTINCT FROM (entry_status IS NOT NULL)
    ELSE entry_status IS DISTINCT FROM 'posted'
         OR from_payable_cents IS DISTINCT FROM amount_cents
         OR voided <> paid_after_all
         OR (returned AND (contested OR NOT dishonoured)) <> (status = 'returned')
         OR (settled AND status = 'released')
         OR (NOT settled AND NOT paid_after_all AND NOT dishonoured AND status = 'settled')
END
