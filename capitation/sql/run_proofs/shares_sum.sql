-- The payees' shares add up to the provider's part and the withhold of each row.
-- None is without its row, so that its member is known to be one.
SELECT COALESCE(w.member_id, s.member_id) AS member_id
FROM (
    SELECT member_id, coverage_month, provider_cents, withhold_cents
    FROM capitation_waterfall WHERE run_id = %(run_id)s
) AS w
FULL JOIN (
    SELECT member_id, coverage_month, capitation_total(provider_cents) AS provider_cents,
           capitation_total(withhold_cents) AS withhold_cents
    FROM capitation_share WHERE run_id = %(run_id)s
    GROUP BY member_id, coverage_month
) AS s ON s.member_id = w.member_id AND s.coverage_month = w.coverage_month
WHERE w.member_id IS NULL
   OR w.provider_cents <> COALESCE(s.provider_cents, 0)
   OR w.withhold_cents <> COALESCE(s.withhold_cents, 0)
