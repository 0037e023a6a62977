-- Whoever is suspended takes part with nobody after the first day of it.
SELECT suspension.id AS suspension_id, part.id AS participation_id
FROM credentialing_suspension AS suspension
JOIN credentialing_participation AS part ON part.practitioner_id = suspension.practitioner_id
WHERE suspension.lifted_at IS NULL AND part.superseded_no IS NULL
  AND (part.end_date IS NULL OR part.end_date > suspension.effective_date);
