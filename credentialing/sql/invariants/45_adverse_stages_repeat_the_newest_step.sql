-- Where an adverse action stands is its newest step, and what is final was told before.
SELECT action.id AS adverse_action_id, action.stage, newest.stage AS newest_stage
FROM credentialing_adverseaction AS action
LEFT JOIN LATERAL (
    SELECT step.stage FROM credentialing_adversestep AS step
    WHERE step.adverse_action_id = action.id ORDER BY step.at DESC, step.id DESC LIMIT 1
) AS newest ON true
WHERE newest.stage IS DISTINCT FROM action.stage
   OR action.final_date < action.notice_date;
