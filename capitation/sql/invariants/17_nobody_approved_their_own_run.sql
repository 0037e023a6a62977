-- Nobody approved a run they had a hand in: who opened it or had it calculated, recorded an input
-- of it, or recorded ahead of time what it was the first to use (`capitation_run_makers`).
SELECT run.id, run.approved_by_id
FROM capitation_run AS run
WHERE run.status IN ('approved', 'posted')
  AND (run.approved_by_id IS NULL
       OR run.approved_by_id IN (SELECT capitation_run_makers(run.id)))
