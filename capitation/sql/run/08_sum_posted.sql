-- Reads: posted rows of earlier runs of this contract. Writes {posted} and {posted_share}: what was
-- already told for the member-months in scope. A run lists a member's rows together, so that the
-- changed members are looked up by index in each run that may tell of them; the history is never
-- read through.
SET LOCAL enable_nestloop = on;

-- No run tells of months after its own.
CREATE UNLOGGED TABLE {telling} AS
SELECT id AS run_id FROM capitation_run
WHERE id = ANY (%(posted_runs)s::bigint[]) AND month >= (SELECT min(coverage_month) FROM {scope});

CREATE UNLOGGED TABLE {told} AS
SELECT w.*
FROM capitation_waterfall AS w
JOIN {scope} AS s ON s.member_id = w.member_id AND s.coverage_month = w.coverage_month
WHERE w.run_id = ANY (ARRAY(SELECT run_id FROM {telling}))
  AND w.member_id = ANY (ARRAY(SELECT DISTINCT member_id FROM {scope}));

CREATE UNLOGGED TABLE {posted} AS
SELECT sums.*, last.terms_id, last.covered_days, last.counted_days, last.pcps, last.plan_code,
       last.status, last.age, last.sex, last.risk, last.rate_pmpm, last.exclusive_days,
       -- The county as the last run that told of the month knew it.
       (SELECT f.county_code FROM capitation_membercounty AS f
        WHERE f.member_id = sums.member_id AND f.fact_no <= run.snapshot_no
          AND (f.superseded_no IS NULL OR f.superseded_no > run.snapshot_no)
          AND f.effective_date <= sums.coverage_month
          AND (f.end_date IS NULL OR f.end_date > sums.coverage_month)) AS county_code
FROM (
    SELECT member_id, coverage_month, max(run_id) AS run_id,
           capitation_total(premium_cents) AS premium,
           capitation_total(expected_cents) AS expected,
           capitation_total(received_cents) AS received,
           capitation_total(admin_fee_cents) AS admin_fee,
           capitation_total(reinsurance_cents) AS reinsurance,
           capitation_total(hospital_pool_cents) AS hospital_pool,
           capitation_total(specialist_pool_cents) AS specialist_pool,
           capitation_total(pharmacy_pool_cents) AS pharmacy_pool,
           capitation_total(provider_cents) AS provider,
           capitation_total(retained_cents) AS retained,
           capitation_total(suspense_cents) AS suspense,
           capitation_total(withhold_cents) AS withhold
    FROM {told} GROUP BY member_id, coverage_month
) AS sums
JOIN {told} AS last USING (run_id, member_id, coverage_month)
JOIN capitation_run AS run ON run.id = sums.run_id;
ANALYZE {posted} (member_id, coverage_month);

CREATE UNLOGGED TABLE {posted_share} AS
SELECT w.member_id, w.coverage_month, w.payee_id, w.practitioner_id,
       capitation_total(w.provider_cents) AS provider,
       capitation_total(w.withhold_cents) AS withhold
FROM capitation_share AS w
JOIN {scope} AS s ON s.member_id = w.member_id AND s.coverage_month = w.coverage_month
WHERE w.run_id = ANY (ARRAY(SELECT run_id FROM {telling}))
  AND w.member_id = ANY (ARRAY(SELECT DISTINCT member_id FROM {scope}))
GROUP BY w.member_id, w.coverage_month, w.payee_id, w.practitioner_id;
ANALYZE {posted_share} (member_id, coverage_month);
SET LOCAL enable_nestloop = off;
