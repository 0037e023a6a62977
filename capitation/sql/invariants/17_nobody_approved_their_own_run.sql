-- Nobody approved a run they started, calculated or recorded an input of.
SELECT run.id, run.approved_by_id
FROM capitation_run AS run
WHERE run.status IN ('approved', 'posted')
  AND (run.approved_by_id IS NULL OR run.approved_by_id = run.opened_by_id
       OR EXISTS (SELECT FROM audit_factbatch AS batch
                  WHERE batch.id > run.previous_snapshot_no AND batch.id <= run.snapshot_no
                    AND batch.actor_id = run.approved_by_id
                    AND batch.scopes
                        && ARRAY['contract:' || run.contract_id, 'network']::varchar[])
       OR EXISTS (SELECT FROM audit_domainevent AS event
                  WHERE event.subject_type = 'capitation.Run'
                    AND event.subject_id = run.id::varchar
                    AND event.action = 'capitation.run.calculated'
                    AND event.actor_id = run.approved_by_id))
