-- Of an audit that is closed, whatever needs corrective action was validated, by another person.
SELECT a.id AS audit_id, f.id AS finding_id
FROM compliance_audit AS a
JOIN compliance_finding AS f ON f.audit_id = a.id AND f.kind = 'car'
    AND NOT EXISTS (SELECT FROM compliance_finding AS later WHERE later.replaces_id = f.id)
LEFT JOIN compliance_correction AS c ON c.finding_id = f.id
WHERE (
    SELECT s.state FROM compliance_auditstep AS s
    WHERE s.audit_id = a.id ORDER BY s.place DESC LIMIT 1
) = 'closed'
AND COALESCE((
    SELECT s.kind = 'validated' AND s.by_id <> c.owner_id AND NOT EXISTS (
        SELECT FROM compliance_correctionhandover AS h
        WHERE h.correction_id = c.id AND h.answer = 'accepted' AND h.to_id = s.by_id
    )
    FROM compliance_correctionstep AS s
    WHERE s.correction_id = c.id ORDER BY s.place DESC LIMIT 1
), FALSE) IS FALSE;
