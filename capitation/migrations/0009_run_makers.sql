-- Who is a maker of a run, defined once: `approve_run` and the invariants ask the same function.
-- A fact recorded ahead of time makes its recorder a maker of the first month that uses it.

-- Numbers of the batches whose facts in a table were recorded before the last posted run
-- (`previous`) and begin or end to matter within [since, until). A fact that was recorded again by
-- somebody else, as happens to what is left of a span, still counts as long as it says the same of
-- its first (or after its last) day. Costs what lies within those days, by the indexes on them.
CREATE FUNCTION capitation_recorded_ahead(
    facts text, said text[], narrowed_to text, narrowed_by bigint,
    previous bigint, snapshot bigint, since date, until date
) RETURNS SETOF bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    same text := (SELECT string_agg(format('known.%1$I = fact.%1$I', part), ' AND ')
                  FROM unnest(said) AS part);
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT DISTINCT fact.fact_no FROM %1$I AS fact
         WHERE %2$s AND fact.fact_no <= $1
           AND fact.effective_date >= $3 AND fact.effective_date < $4
           AND (fact.superseded_no IS NULL OR fact.superseded_no > $2
                OR EXISTS (SELECT FROM %1$I AS known
                           WHERE %3$s AND known.fact_no <= $2
                             AND (known.superseded_no IS NULL OR known.superseded_no > $2)
                             AND known.effective_date <= fact.effective_date
                             AND (known.end_date IS NULL
                                  OR known.end_date > fact.effective_date)))
         UNION
         SELECT DISTINCT fact.fact_no FROM %1$I AS fact
         WHERE %2$s AND fact.fact_no <= $1 AND fact.end_date >= $3 AND fact.end_date < $4
           AND (fact.superseded_no IS NULL OR fact.superseded_no > $2
                OR EXISTS (SELECT FROM %1$I AS known
                           WHERE %3$s AND known.fact_no <= $2
                             AND (known.superseded_no IS NULL OR known.superseded_no > $2)
                             AND known.end_date = fact.end_date))',
        facts,
        CASE WHEN narrowed_to IS NULL THEN 'true'
             ELSE format('fact.%I = %s', narrowed_to, narrowed_by) END,
        same
    ) USING previous, snapshot, since, until;
END
$$;

-- The day after the last one that a month's terms read PCPs and payees on.
CREATE FUNCTION capitation_window_end(contract bigint, of_month date, snapshot bigint)
RETURNS date LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
        (SELECT CASE terms.assignment_rule
                    WHEN 'daily' THEN (of_month + interval '1 month')::date
                    WHEN 'first_day' THEN of_month + 1
                    ELSE of_month + least(terms.assignment_day::int,
                                          (of_month + interval '1 month')::date - of_month) END
         FROM capitation_terms AS terms
         WHERE terms.contract_id = contract AND terms.fact_no <= snapshot
           AND (terms.superseded_no IS NULL OR terms.superseded_no > snapshot)
           AND terms.effective_date <= of_month
           AND (terms.end_date IS NULL OR terms.end_date > of_month)),
        of_month + 1)
$$;

-- Users who opened or calculated a run, recorded a fact since the run before it, recorded one ahead
-- that this run is the first to use, or brought a rate table that this run is the first to use.
CREATE FUNCTION capitation_run_makers(wanted bigint) RETURNS SETOF bigint
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
    FROM payer_scopes, (SELECT DISTINCT fact_no FROM ahead) AS first_used
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
