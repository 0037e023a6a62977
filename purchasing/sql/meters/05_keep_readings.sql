-- Writes what meters show from now on.
UPDATE purchasing_orderitem AS i
SET meter_tier = r.tier, meter_step_pct = r.step_pct, meter_hidden = r.hidden,
    meter_read_at = %(now)s
FROM unnest(%(meters)s::bigint[], %(tiers)s::smallint[], %(steps)s::smallint[], %(hidden)s::text[])
     AS r (meter_id, tier, step_pct, hidden)
WHERE i.id = r.meter_id
