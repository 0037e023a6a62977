-- The days that are kept with a decision are those between the steps of its file: the whole and the
-- provider's part together run from the first complete application until the decision.
SELECT d.id AS decision_id
FROM credentialing_decision AS d
LEFT JOIN credentialing_filedays AS f ON f.decision_id = d.id
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM d.decided_at - min(s.at)) / 86400 AS days
    FROM credentialing_eventstep AS s
    WHERE s.event_id = d.event_id AND s.to_status IN ('submitted', 'verifying')
      AND s.at <= d.decided_at
) AS t ON true
WHERE f.decision_id IS NULL
   OR f.decision_date <> d.decision_date
   OR abs(coalesce(f.whole, 0) + coalesce(f.provider, 0) - coalesce(t.days, 0)) > 0.1;
