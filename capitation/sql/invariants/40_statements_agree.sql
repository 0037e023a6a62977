-- A statement says what the books say: its opening is what the statement before left, what it
-- earned is what its runs booked, its payment is the bank's to the cent, and all postings it tells
-- come to what it leaves (carried forward and held).
WITH told AS (
    SELECT sp.statement_id, -sum(p.amount_cents) AS moved,
           -sum(p.amount_cents) FILTER (WHERE e.key ~ '^run:[0-9]+$') AS earned,
           sum(p.amount_cents) FILTER (WHERE e.key ~ '^payment:[0-9]+$') AS paid,
           sum(payment.amount_cents) AS sent,
           bool_or(a.party_id <> s.payee_id OR a.kind <> 'payable' OR e.status <> 'posted') AS alien
    FROM capitation_statementposting AS sp
    JOIN capitation_statement AS s ON s.id = sp.statement_id
    LEFT JOIN ledger_posting AS p ON p.id = sp.posting_id
    LEFT JOIN ledger_entry AS e ON e.id = p.entry_id
    LEFT JOIN ledger_account AS a ON a.id = p.account_id
    LEFT JOIN capitation_payment AS payment ON 'payment:' || payment.id = e.key
    GROUP BY sp.statement_id
),
chain AS (
    SELECT id, lag(closing_cents, 1, 0::bigint) OVER (
        PARTITION BY payee_id ORDER BY month, sequence) AS left_before
    FROM capitation_statement
)
SELECT s.id, s.payee_id, s.month, s.opening_cents, chain.left_before, s.closing_cents,
       told.moved, told.earned, told.paid, told.sent, s.paid_cents
FROM capitation_statement AS s
JOIN chain USING (id)
LEFT JOIN told ON told.statement_id = s.id
WHERE s.opening_cents <> chain.left_before
   OR COALESCE(told.moved, 0) <> s.closing_cents - s.opening_cents
   OR COALESCE(told.earned, 0) <> s.provider_cents - s.withhold_cents
   OR COALESCE(told.paid, 0) <> s.paid_cents
   OR COALESCE(told.sent, 0) <> s.paid_cents
   OR COALESCE(told.alien, false)
