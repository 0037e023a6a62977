-- What lets money flow again was proposed by one person and agreed to by another.
SELECT agreed.id AS decision_id, agreed.match_id, agreed.decided_by_id
FROM credentialing_screeningdecision AS agreed
WHERE agreed.part = 'agreed'
  AND NOT EXISTS (
      SELECT FROM credentialing_screeningdecision AS proposed
      WHERE proposed.match_id = agreed.match_id AND proposed.part = 'proposed'
        AND proposed.id < agreed.id AND proposed.decision = agreed.decision
        AND proposed.decided_by_id <> agreed.decided_by_id
  )
UNION ALL
SELECT decided.id, decided.match_id, decided.decided_by_id
FROM credentialing_screeningdecision AS decided
WHERE decided.part = 'decided' AND decided.decision = 'false_positive'
  AND decided.category IN ('confirmed', 'probable')
