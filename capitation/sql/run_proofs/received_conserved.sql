-- What a run received of a month is what was matched since the last posted run that reached it.
-- So all runs together received all that was matched: what earlier runs told stands and was proven
-- then (and is proven whole by invariant 15). Of the months that this run reaches and terms cover;
-- what waits in others is `waiting_money`. The work is proportional to what is new.
WITH this AS (
    SELECT contract_id, month, reach_month, snapshot_no, id
    FROM capitation_run WHERE id = %(run_id)s
),
reached AS (
    SELECT run.id AS run_id, run.snapshot_no, reach.day::date AS coverage_month
    FROM this
    JOIN capitation_run AS run
      ON run.contract_id = this.contract_id AND (run.id = this.id OR run.status = 'posted')
    CROSS JOIN LATERAL generate_series(run.reach_month, run.month, interval '1 month')
        AS reach (day)
    JOIN capitation_terms AS terms
      ON terms.contract_id = run.contract_id AND terms.fact_no <= run.snapshot_no
     AND (terms.superseded_no IS NULL OR terms.superseded_no > run.snapshot_no)
     AND terms.effective_date <= reach.day
     AND (terms.end_date IS NULL OR terms.end_date > reach.day)
),
since AS MATERIALIZED (
    SELECT now.coverage_month, max(earlier.snapshot_no) AS told_no
    FROM reached AS now
    JOIN this ON this.id = now.run_id
    LEFT JOIN reached AS earlier
           ON earlier.coverage_month = now.coverage_month AND earlier.run_id <> this.id
    GROUP BY now.coverage_month
),
matched AS (
    SELECT coverage_month, capitation_total(cents) AS cents
    FROM (
        -- Months that an earlier run reached: by the number of the fact.
        SELECT r.coverage_month, r.amount_cents AS cents
        FROM capitation_receipt AS r
        JOIN since ON since.coverage_month = r.coverage_month AND r.fact_no > since.told_no
        WHERE r.contract_id = (SELECT contract_id FROM this)
          AND r.fact_no > (SELECT min(told_no) FROM since)
          AND r.fact_no <= (SELECT snapshot_no FROM this)
        UNION ALL
        -- Months that this run is the first to reach: whole.
        SELECT r.coverage_month, r.amount_cents
        FROM capitation_receipt AS r
        WHERE r.contract_id = (SELECT contract_id FROM this)
          AND r.coverage_month
              = ANY (ARRAY(SELECT coverage_month FROM since WHERE told_no IS NULL))
          AND r.fact_no <= (SELECT snapshot_no FROM this)
    ) AS receipt
    GROUP BY coverage_month
),
told AS (
    SELECT coverage_month, capitation_total(received_cents) AS cents
    FROM capitation_waterfall WHERE run_id = %(run_id)s
    GROUP BY coverage_month
)
SELECT coverage_month, told.cents AS told, matched.cents AS matched
FROM told FULL JOIN matched USING (coverage_month)
WHERE COALESCE(told.cents, 0) <> COALESCE(matched.cents, 0)
