-- A facility whose denial or termination is final is not in the network, unless a later decision
-- approved it anew.
SELECT action.id AS adverse_action_id, facility.id AS facility_id
FROM credentialing_adverseaction AS action
JOIN credentialing_facility AS facility ON facility.id = action.facility_id
WHERE action.kind IN ('denial', 'termination') AND action.final_date IS NOT NULL
  AND facility.status = 'active'
  AND NOT EXISTS (
    SELECT FROM credentialing_decision AS decision
    JOIN credentialing_credentialingevent AS event ON event.id = decision.event_id
    WHERE event.facility_id = facility.id AND decision.outcome <> 'denied'
      AND decision.decision_date >= action.final_date
  );
