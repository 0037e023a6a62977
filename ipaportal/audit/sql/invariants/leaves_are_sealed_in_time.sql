-- No leaf waits longer than a day for its seal once sealing has begun: a minute is usual.
SELECT l.id, l.kind, l.recorded_at FROM audit_leaf AS l
WHERE l.recorded_at < clock_timestamp() - interval '1 day'
  AND EXISTS (SELECT FROM audit_checkpoint)
  AND NOT EXISTS (SELECT FROM audit_sealedleaf AS s WHERE s.leaf_id = l.id)
