-- An event that was decided had each of its elements verified and signed for by a named person
-- beforehand.
SELECT event.id AS event_id, element.id AS element_id, element.code
FROM credentialing_credentialingevent AS event
JOIN credentialing_element AS element ON element.event_id = event.id
WHERE event.decision_date IS NOT NULL AND event.status IN ('approved', 'approved_conditions')
  AND element.dropped_at IS NULL
  AND NOT EXISTS (
      SELECT FROM credentialing_verification AS v
      JOIN credentialing_review AS r ON r.verification_id = v.id
      WHERE v.element_id = element.id AND r.is_accepted
        AND v.performed_at::date <= event.decision_date
  )
