-- A payment that was posted is its claims less what is adjusted at the provider, to the cent; what
-- it takes back is what was paid, negated; of one that is not posted no claim is kept.
SELECT r.id AS remit_id, r.cents, sum(c.paid_cents) AS claims_cents
FROM compliance_remit AS r
LEFT JOIN compliance_remitclaim AS c ON c.remit_id = r.id AND c.status <> '25'
GROUP BY r.id
HAVING (r.state = 'posted' AND r.cents <> coalesce(sum(c.paid_cents), 0) - (
            SELECT coalesce(sum((a ->> 3)::bigint), 0)
            FROM jsonb_array_elements(r.adjustments) AS a))
    OR (r.state <> 'posted' AND count(c.id) > 0)
UNION ALL
SELECT back.remit_id, back.paid_cents, first.paid_cents
FROM compliance_remitclaim AS back
JOIN compliance_remitclaim AS first ON first.id = back.reverses_id
WHERE back.paid_cents <> -first.paid_cents OR back.charge_cents <> -first.charge_cents;
