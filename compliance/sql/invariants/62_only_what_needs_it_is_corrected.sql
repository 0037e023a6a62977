-- Only a finding that needs corrective action has a plan for it.
SELECT c.id AS correction_id, f.kind
FROM compliance_correction AS c
JOIN compliance_finding AS f ON f.id = c.finding_id
WHERE f.kind <> 'car';
