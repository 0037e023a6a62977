-- What a contract's posted runs received of a month is what was matched by the latest run that
-- reached the month and had terms for it. What came later, or for months no run reaches or no terms
-- cover, waits: it is on a work-list or on its way, and in no run.
WITH reached AS (
    SELECT run.contract_id, reach.day::date AS coverage_month, max(run.snapshot_no) AS snapshot_no
    FROM capitation_run AS run
    CROSS JOIN LATERAL generate_series(run.reach_month, run.month, interval '1 month')
        AS reach (day)
    JOIN capitation_terms AS terms
      ON terms.contract_id = run.contract_id AND terms.fact_no <= run.snapshot_no
     AND (terms.superseded_no IS NULL OR terms.superseded_no > run.snapshot_no)
     AND terms.effective_date <= reach.day
     AND (terms.end_date IS NULL OR terms.end_date > reach.day)
    WHERE run.status = 'posted'
    GROUP BY run.contract_id, reach.day
),
told AS (
    SELECT run.contract_id, w.coverage_month, sum(w.received_cents) AS cents
    FROM capitation_run AS run JOIN capitation_waterfall AS w ON w.run_id = run.id
    WHERE run.status = 'posted'
    GROUP BY run.contract_id, w.coverage_month
),
matched AS (
    SELECT receipt.contract_id, receipt.coverage_month, sum(receipt.amount_cents) AS cents
    FROM reached
    JOIN capitation_receipt AS receipt
      ON receipt.contract_id = reached.contract_id
     AND receipt.coverage_month = reached.coverage_month
     AND receipt.fact_no <= reached.snapshot_no
    GROUP BY receipt.contract_id, receipt.coverage_month
)
SELECT contract_id, coverage_month, told.cents AS told_cents, matched.cents AS matched_cents
FROM told FULL JOIN matched USING (contract_id, coverage_month)
WHERE COALESCE(told.cents, 0) <> COALESCE(matched.cents, 0)
