-- Nobody approved a run they started, calculated or recorded an input of; terms set ahead are an
-- input of the first month that uses them.
SELECT run.id, run.approved_by_id
FROM capitation_run AS run
WHERE run.status IN ('approved', 'posted')
  AND (run.approved_by_id IS NULL OR run.approved_by_id = run.opened_by_id
       OR EXISTS (SELECT FROM audit_factbatch AS batch
                  WHERE batch.id > run.previous_snapshot_no AND batch.id <= run.snapshot_no
                    AND batch.actor_id = run.approved_by_id
                    AND batch.scopes
                        && ARRAY['contract:' || run.contract_id, 'network']::varchar[])
       OR EXISTS (SELECT FROM capitation_terms AS terms
                  JOIN audit_factbatch AS batch ON batch.id = terms.fact_no
                  WHERE terms.contract_id = run.contract_id
                    AND batch.actor_id = run.approved_by_id
                    AND terms.fact_no <= run.snapshot_no
                    AND (terms.superseded_no IS NULL OR terms.superseded_no > run.snapshot_no)
                    AND terms.effective_date <= run.month
                    AND terms.effective_date > (
                        SELECT max(before.month) FROM capitation_run AS before
                        WHERE before.contract_id = run.contract_id AND before.id < run.id
                          AND before.status = 'posted'))
       OR EXISTS (SELECT FROM audit_domainevent AS event
                  WHERE event.subject_type = 'capitation.Run'
                    AND event.subject_id = run.id::varchar
                    AND event.action IN ('capitation.run.calculated',
                                         'capitation.run.calculation_asked')
                    AND event.actor_id = run.approved_by_id))
