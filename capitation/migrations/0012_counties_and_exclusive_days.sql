-- What a rate or a share of the premium was read with, beside the other inputs of a row.
ALTER TABLE capitation_waterfall
    ADD COLUMN exclusive_days smallint,
    ADD COLUMN county_code varchar(5);

-- One text for a plan in a county with rates of its own; no plan's code has a control character.
CREATE FUNCTION capitation_plan_in_county(plan_code text, county_code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN plan_code || chr(31) || county_code;

CREATE TRIGGER supersede_once BEFORE UPDATE OR DELETE ON capitation_membercounty
    FOR EACH ROW EXECUTE FUNCTION capitation_supersede_once();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_membercounty
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER supersede_once BEFORE UPDATE OR DELETE ON credentialing_exclusivity
    FOR EACH ROW EXECUTE FUNCTION capitation_supersede_once();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_exclusivity
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Users who opened or calculated a run, recorded a fact since the run before it, recorded one ahead
-- that this run is the first to use (also long ago: one that another fact, new now, brings into
-- use), or brought a rate table that this run is the first to use.
CREATE OR REPLACE FUNCTION capitation_run_makers(wanted bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
WITH run AS MATERIALIZED (
    SELECT run.id, run.contract_id, run.opened_by_id, run.month, last.month AS last_month,
           contract.payer_id, payer.party_id, run.previous_snapshot_no AS previous,
           COALESCE(run.snapshot_no, 0) AS snapshot,
           capitation_window_end(run.contract_id, last.month, run.previous_snapshot_no) AS since,
           capitation_window_end(run.contract_id, run.month, COALESCE(run.snapshot_no, 0)) AS until,
           (run.month + interval '1 month')::date AS next_month
    FROM capitation_run AS run
    JOIN capitation_contract AS contract ON contract.id = run.contract_id
    JOIN capitation_payer AS payer ON payer.id = contract.payer_id
    CROSS JOIN LATERAL (
        SELECT max(earlier.month) AS month FROM capitation_run AS earlier
        WHERE earlier.contract_id = run.contract_id AND earlier.id < run.id
          AND earlier.status = 'posted'
    ) AS last
    WHERE run.id = wanted
),
payer_scopes AS (
    SELECT array_agg('contract:' || contract.id)::varchar[] AS scopes
    FROM run JOIN capitation_contract AS contract ON contract.payer_id = run.payer_id
),
ahead AS (
    SELECT fact_no FROM run, capitation_recorded_ahead(
        'capitation_coveragespan', ARRAY['member_id', 'contract_id', 'plan_code'],
        'contract_id', contract_id, previous, snapshot, since, next_month) AS fact_no
    UNION ALL
    SELECT fact_no FROM run, capitation_recorded_ahead(
        'capitation_pcpassignment', ARRAY['member_id', 'practitioner_id'],
        NULL, NULL, previous, snapshot, since, until) AS fact_no
    UNION ALL
    SELECT fact_no FROM run, capitation_recorded_ahead(
        'capitation_memberstatus', ARRAY['member_id', 'status'],
        NULL, NULL, previous, snapshot, last_month + 1, month + 1) AS fact_no
    UNION ALL
    SELECT fact_no FROM run, capitation_recorded_ahead(
        'capitation_riskscore', ARRAY['member_id', 'score'],
        NULL, NULL, previous, snapshot, last_month + 1, month + 1) AS fact_no
    UNION ALL
    SELECT fact_no FROM run, capitation_recorded_ahead(
        'capitation_membercounty', ARRAY['member_id', 'county_code'],
        NULL, NULL, previous, snapshot, last_month + 1, month + 1) AS fact_no
    UNION ALL
    SELECT fact_no FROM run, capitation_recorded_ahead(
        'credentialing_exclusivity', ARRAY['practice_id', 'payer_party_id'],
        'payer_party_id', party_id, previous, snapshot, since, until) AS fact_no
    UNION ALL
    SELECT fact_no FROM run, capitation_recorded_ahead(
        'credentialing_participation', ARRAY['practitioner_id', 'payer_party_id', 'practice_id'],
        'payer_party_id', party_id, previous, snapshot, since, until) AS fact_no
    UNION ALL
    SELECT money.fact_no
    FROM run JOIN capitation_receipt AS money ON money.contract_id = run.contract_id
    WHERE money.coverage_month > run.last_month AND money.coverage_month <= run.month
      AND money.fact_no <= run.previous
    UNION ALL
    SELECT money.fact_no
    FROM run JOIN capitation_premium AS money ON money.contract_id = run.contract_id
    WHERE money.coverage_month > run.last_month AND money.coverage_month <= run.month
      AND money.fact_no <= run.previous
),
-- Days that this run is the first to cover, or to give to a practitioner: what was known of them
-- long before matters only now.
covered AS (
    SELECT fact.member_id, fact.effective_date AS from_day, fact.end_date AS to_day
    FROM run JOIN capitation_coveragespan AS fact ON fact.contract_id = run.contract_id
    WHERE run.previous > 0 AND fact.fact_no > run.previous AND fact.fact_no <= run.snapshot
      AND (fact.superseded_no IS NULL OR fact.superseded_no > run.snapshot)
      AND fact.effective_date < run.next_month
),
assigned AS (
    SELECT fact.practitioner_id, fact.fact_no,
           greatest(fact.effective_date, covered.from_day) AS from_day,
           least(fact.end_date, covered.to_day) AS to_day
    FROM run CROSS JOIN covered
    JOIN capitation_pcpassignment AS fact ON fact.member_id = covered.member_id
    WHERE fact.fact_no <= run.previous
      AND (fact.superseded_no IS NULL OR fact.superseded_no > run.snapshot)
      AND (covered.to_day IS NULL OR fact.effective_date < covered.to_day)
      AND (fact.end_date IS NULL OR fact.end_date > covered.from_day)
    UNION ALL
    SELECT fact.practitioner_id, NULL, fact.effective_date, fact.end_date
    FROM run JOIN capitation_pcpassignment AS fact
      ON fact.fact_no > run.previous AND fact.fact_no <= run.snapshot
    WHERE run.previous > 0 AND (fact.superseded_no IS NULL OR fact.superseded_no > run.snapshot)
),
late AS (
    SELECT fact_no FROM assigned WHERE fact_no IS NOT NULL
    UNION
    SELECT fact.fact_no
    FROM run CROSS JOIN covered
    JOIN (
        SELECT member_id, effective_date, end_date, fact_no, superseded_no
        FROM capitation_memberstatus
        UNION ALL
        SELECT member_id, effective_date, end_date, fact_no, superseded_no
        FROM capitation_riskscore
        UNION ALL
        SELECT member_id, effective_date, end_date, fact_no, superseded_no
        FROM capitation_membercounty
    ) AS fact ON fact.member_id = covered.member_id
    WHERE fact.fact_no <= run.previous
      AND (fact.superseded_no IS NULL OR fact.superseded_no > run.snapshot)
      AND (covered.to_day IS NULL OR fact.effective_date < covered.to_day)
      AND (fact.end_date IS NULL OR fact.end_date > covered.from_day)
    UNION
    SELECT fact.fact_no
    FROM run CROSS JOIN (SELECT DISTINCT practitioner_id, from_day, to_day FROM assigned) AS a
    JOIN credentialing_participation AS fact ON fact.practitioner_id = a.practitioner_id
    WHERE fact.payer_party_id = run.party_id AND fact.fact_no <= run.previous
      AND (fact.superseded_no IS NULL OR fact.superseded_no > run.snapshot)
      AND (a.to_day IS NULL OR fact.effective_date < a.to_day)
      AND (fact.end_date IS NULL OR fact.end_date > a.from_day)
),
terms_ahead AS (
    SELECT terms.fact_no
    FROM run JOIN capitation_terms AS terms ON terms.contract_id = run.contract_id
    WHERE terms.fact_no <= run.previous
      AND terms.effective_date > run.last_month AND terms.effective_date <= run.month
      AND EXISTS (
          SELECT FROM capitation_terms AS known
          WHERE known.contract_id = run.contract_id AND known.fact_no <= run.snapshot
            AND (known.superseded_no IS NULL OR known.superseded_no > run.snapshot)
            AND known.effective_date <= terms.effective_date
            AND (known.end_date IS NULL OR known.end_date > terms.effective_date)
            AND to_jsonb(known) - '{id,effective_date,end_date,fact_no,superseded_no,recorded_at,
                                    superseded_at}'::text[]
              = to_jsonb(terms) - '{id,effective_date,end_date,fact_no,superseded_no,recorded_at,
                                    superseded_at}'::text[])
),
-- Rate tables in use up to this month, of which no posted run before has made use.
new_tables AS (
    SELECT terms.rate_table_id
    FROM run JOIN capitation_terms AS terms ON terms.contract_id = run.contract_id
    WHERE terms.rate_table_id IS NOT NULL AND terms.effective_date <= run.month
      AND terms.fact_no <= run.snapshot
      AND (terms.superseded_no IS NULL OR terms.superseded_no > run.snapshot)
    EXCEPT
    SELECT terms.rate_table_id
    FROM run
    JOIN capitation_run AS earlier ON earlier.contract_id = run.contract_id
     AND earlier.id < run.id AND earlier.status = 'posted'
    JOIN capitation_terms AS terms ON terms.contract_id = run.contract_id
     AND terms.effective_date <= earlier.month AND terms.fact_no <= earlier.snapshot_no
     AND (terms.superseded_no IS NULL OR terms.superseded_no > earlier.snapshot_no)
    WHERE terms.rate_table_id IS NOT NULL
),
people AS (
    SELECT opened_by_id AS actor_id FROM run
    UNION ALL
    SELECT batch.actor_id
    FROM run, payer_scopes, audit_factbatch AS batch
    WHERE batch.id > run.previous AND batch.id <= run.snapshot
      AND (batch.scopes && ARRAY['contract:' || run.contract_id, 'network']::varchar[]
           -- What was known of the payer's members before the contract was there.
           OR run.previous = 0 AND batch.scopes && payer_scopes.scopes
              AND NOT EXISTS (SELECT FROM capitation_terms AS terms
                              WHERE terms.fact_no = batch.id
                                AND terms.contract_id <> run.contract_id))
    UNION ALL
    -- Assignments, statuses and scores are members' facts: only those of the payer's members.
    SELECT batch.actor_id
    FROM payer_scopes, (SELECT fact_no FROM ahead UNION SELECT fact_no FROM late) AS first_used
    JOIN audit_factbatch AS batch ON batch.id = first_used.fact_no
    WHERE batch.scopes && (payer_scopes.scopes || 'network'::varchar)
    UNION ALL
    SELECT batch.actor_id
    FROM terms_ahead JOIN audit_factbatch AS batch ON batch.id = terms_ahead.fact_no
    UNION ALL
    SELECT event.actor_id
    FROM new_tables JOIN audit_domainevent AS event
      ON event.subject_type = 'capitation.RateTable'
     AND event.subject_id = new_tables.rate_table_id::varchar
     AND event.action = 'capitation.rate_table.added'
    UNION ALL
    SELECT event.actor_id
    FROM run JOIN audit_domainevent AS event
      ON event.subject_type = 'capitation.Run' AND event.subject_id = run.id::varchar
     AND event.action IN ('capitation.run.calculated', 'capitation.run.calculation_asked')
)
SELECT DISTINCT actor_id FROM people WHERE actor_id IS NOT NULL
$$;
