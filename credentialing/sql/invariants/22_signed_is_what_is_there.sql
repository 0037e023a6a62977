-- No section was saved after the live signature of its application: an edit voids it.
SELECT a.id AS attestation_id, s.code, s.saved_at, a.signed_at
FROM credentialing_attestation AS a
JOIN credentialing_applicationsection AS s ON s.application_id = a.application_id
WHERE a.voided_at IS NULL AND s.saved_at > a.signed_at
