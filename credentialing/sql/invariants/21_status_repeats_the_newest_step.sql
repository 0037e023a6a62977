-- The status of a credentialing event is that of its newest step: the steps are the truth, and
-- turnaround is counted from them.
SELECT event.id AS event_id, event.status, newest.to_status
FROM credentialing_credentialingevent AS event
LEFT JOIN LATERAL (
    SELECT to_status FROM credentialing_eventstep AS step
    WHERE step.event_id = event.id ORDER BY step.at DESC, step.id DESC LIMIT 1
) AS newest ON true
WHERE event.status IS DISTINCT FROM newest.to_status
