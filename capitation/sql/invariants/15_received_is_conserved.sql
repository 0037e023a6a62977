-- As of each contract's last posted run: what its runs received is what was matched by then, of the
-- months those runs reached. Later matches and months are still on their way.
WITH last AS (
    SELECT DISTINCT ON (contract_id) contract_id, month, snapshot_no
    FROM capitation_run WHERE status = 'posted' ORDER BY contract_id, month DESC, sequence DESC
),
told AS (
    SELECT last.contract_id, w.coverage_month, sum(w.received_cents) AS cents
    FROM last
    JOIN capitation_run AS run ON run.contract_id = last.contract_id AND run.status = 'posted'
    JOIN capitation_waterfall AS w ON w.run_id = run.id
    GROUP BY last.contract_id, w.coverage_month
),
matched AS (
    SELECT receipt.contract_id, receipt.coverage_month, sum(receipt.amount_cents) AS cents
    FROM last
    JOIN capitation_receipt AS receipt
      ON receipt.contract_id = last.contract_id AND receipt.fact_no <= last.snapshot_no
     AND receipt.coverage_month <= last.month
     -- Money that came too late for every look-back waits; it is named on the run's page.
     AND EXISTS (
        SELECT FROM capitation_run AS run
        WHERE run.contract_id = receipt.contract_id AND run.status = 'posted'
          AND receipt.fact_no <= run.snapshot_no
          AND receipt.fact_no > run.previous_snapshot_no
          AND receipt.coverage_month >= run.reach_month AND receipt.coverage_month <= run.month
        UNION ALL
        SELECT FROM capitation_run AS run
        WHERE run.contract_id = receipt.contract_id AND run.status = 'posted'
          AND run.month = receipt.coverage_month AND receipt.fact_no <= run.snapshot_no)
    GROUP BY receipt.contract_id, receipt.coverage_month
)
SELECT contract_id, coverage_month, told.cents AS told_cents, matched.cents AS matched_cents
FROM told FULL JOIN matched USING (contract_id, coverage_month)
WHERE COALESCE(told.cents, 0) <> COALESCE(matched.cents, 0)
