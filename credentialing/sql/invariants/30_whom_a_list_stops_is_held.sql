-- Whoever a list stops is held: each practice through which money reaches them has a live hold.
SELECT m.id AS match_id, m.subject_key, practice.party_id
FROM credentialing_screeningmatch AS m
JOIN credentialing_listentry AS entry ON entry.id = m.entry_id
JOIN credentialing_participation AS part
  ON m.subject_key = 'practitioner:' || part.practitioner_id AND part.superseded_no IS NULL
 AND (part.end_date IS NULL OR entry.effective_date IS NULL OR part.end_date > entry.effective_date)
JOIN credentialing_practice AS practice ON practice.id = part.practice_id
WHERE m.is_stopped
  AND part.recorded_at <= (SELECT max(run.finished_at) FROM credentialing_screeningrun AS run)
  AND NOT EXISTS (
      SELECT FROM ledger_hold AS hold
      WHERE hold.party_id = practice.party_id AND hold.released_at IS NULL
        AND hold.source = 'screening:' || m.id
  )
