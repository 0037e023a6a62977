-- A claim that the plan has as its own stands as passed on (or was replaced since), and what stands
-- as passed on is in a file to the plan.
SELECT c.id AS claim_id, c.state, c.reason
FROM compliance_planbatchrow AS r
JOIN compliance_planbatch AS b ON b.id = r.batch_id AND b.stream LIKE 'misdirected%'
JOIN compliance_claim AS c ON c.id = r.claim_id
WHERE r.state IN ('sent', 'accepted')
  AND c.state <> 'replaced' AND (c.state, c.reason, c.denial) <> ('denied', 'passed_on', '109')
UNION ALL
SELECT c.id, c.state, c.reason
FROM compliance_claim AS c
WHERE c.reason = 'passed_on'
  AND NOT EXISTS (SELECT FROM compliance_planbatchrow AS r
                  JOIN compliance_planbatch AS b ON b.id = r.batch_id
                  WHERE r.claim_id = c.id AND b.stream LIKE 'misdirected%');
