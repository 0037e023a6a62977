-- What all runs of the contract and this one call received is what was matched, month by month.
-- Of the months that this run reaches and terms cover; what waits in others is `waiting_money`.
WITH this AS (
    SELECT contract_id, month, reach_month, snapshot_no, id
    FROM capitation_run WHERE id = %(run_id)s
),
told AS (
    SELECT w.coverage_month, sum(w.received_cents) AS cents
    FROM this, capitation_waterfall AS w
    WHERE (w.run_id = this.id
           OR w.run_id IN (SELECT r.id FROM capitation_run AS r
                           WHERE r.contract_id = this.contract_id AND r.status = 'posted'))
      AND w.coverage_month >= this.reach_month
    GROUP BY w.coverage_month
),
matched AS (
    SELECT r.coverage_month, sum(r.amount_cents) AS cents
    FROM this, capitation_receipt AS r
    WHERE r.contract_id = this.contract_id AND r.fact_no <= this.snapshot_no
      AND r.coverage_month BETWEEN this.reach_month AND this.month
    GROUP BY r.coverage_month
)
SELECT coverage_month, told.cents AS told, matched.cents AS matched
FROM told FULL JOIN matched USING (coverage_month)
WHERE COALESCE(told.cents, 0) <> COALESCE(matched.cents, 0)
  AND EXISTS (
    SELECT FROM this JOIN capitation_terms AS terms ON terms.contract_id = this.contract_id
     AND terms.fact_no <= this.snapshot_no
     AND (terms.superseded_no IS NULL OR terms.superseded_no > this.snapshot_no)
    WHERE terms.effective_date <= coverage_month
      AND (terms.end_date IS NULL OR terms.end_date > coverage_month))
