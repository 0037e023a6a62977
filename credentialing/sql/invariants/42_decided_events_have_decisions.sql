-- An event that was decided has its decision, and one that was not has none.
SELECT event.id AS event_id, event.status
FROM credentialing_credentialingevent AS event
LEFT JOIN credentialing_decision AS decision ON decision.event_id = event.id
WHERE (decision.id IS NULL)
      <> (event.status NOT IN ('approved', 'approved_conditions', 'denied', 'closed'));
