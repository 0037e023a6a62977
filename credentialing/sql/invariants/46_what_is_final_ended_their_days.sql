-- A denial or termination that is final leaves no day that began before it and lasts beyond.
SELECT action.id AS adverse_action_id, part.id AS participation_id
FROM credentialing_adverseaction AS action
JOIN credentialing_participation AS part ON part.practitioner_id = action.practitioner_id
WHERE action.kind IN ('denial', 'termination') AND action.final_date IS NOT NULL
  AND part.superseded_no IS NULL
  AND part.effective_date < GREATEST(action.final_date, action.effective_date)
  AND (part.end_date IS NULL OR part.end_date > GREATEST(action.final_date, action.effective_date));
