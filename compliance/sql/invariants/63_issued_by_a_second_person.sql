-- What was reported or is being corrected was issued by another person than who wrote it.
SELECT f.id AS finding_id, r.by_id
FROM compliance_finding AS f
LEFT JOIN compliance_findingreview AS r ON r.finding_id = f.id
LEFT JOIN compliance_correction AS c ON c.finding_id = f.id
WHERE r.by_id = f.recorded_by_id
   OR (c.id IS NOT NULL AND f.needs_second AND r.verdict IS DISTINCT FROM 'issued');
