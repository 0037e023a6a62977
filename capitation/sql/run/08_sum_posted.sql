-- Reads: posted rows of earlier runs of this contract. Writes {posted} and {posted_share}: what was
-- already told for the member-months in scope. A member's rows lie together in each run, so each
-- changed member is one look-up by index a run; the history is never read through.
SET LOCAL enable_nestloop = on;

-- Which run may have told of which member: none that is older than the months in scope.
CREATE UNLOGGED TABLE {telling} AS
SELECT s.member_id, r.id AS run_id
FROM (SELECT member_id, min(coverage_month) AS first_month FROM {scope} GROUP BY member_id) AS s
JOIN capitation_run AS r ON r.month >= s.first_month
WHERE r.id = ANY (%(posted_runs)s::bigint[]);
ANALYZE {telling};

CREATE UNLOGGED TABLE {told} AS
SELECT w.*
FROM {telling} AS s
CROSS JOIN LATERAL (
    SELECT * FROM capitation_waterfall AS w
    WHERE w.run_id = s.run_id AND w.member_id = s.member_id
    OFFSET 0
) AS w
JOIN {scope} AS wanted
  ON wanted.member_id = w.member_id AND wanted.coverage_month = w.coverage_month;

CREATE UNLOGGED TABLE {posted} AS
SELECT sums.*, last.terms_id, last.covered_days, last.counted_days, last.pcps, last.plan_code,
       last.status, last.age, last.sex, last.risk, last.rate_pmpm
FROM (
    SELECT member_id, coverage_month, max(run_id) AS run_id,
           sum(premium_cents)::bigint AS premium, sum(expected_cents)::bigint AS expected,
           sum(received_cents)::bigint AS received, sum(admin_fee_cents)::bigint AS admin_fee,
           sum(reinsurance_cents)::bigint AS reinsurance,
           sum(hospital_pool_cents)::bigint AS hospital_pool,
           sum(specialist_pool_cents)::bigint AS specialist_pool,
           sum(pharmacy_pool_cents)::bigint AS pharmacy_pool,
           sum(provider_cents)::bigint AS provider,
           sum(retained_cents)::bigint AS retained, sum(suspense_cents)::bigint AS suspense,
           sum(withhold_cents)::bigint AS withhold
    FROM {told} GROUP BY member_id, coverage_month
) AS sums
JOIN {told} AS last USING (run_id, member_id, coverage_month);
ANALYZE {posted} (member_id, coverage_month);

CREATE UNLOGGED TABLE {posted_share} AS
SELECT w.member_id, w.coverage_month, w.payee_id, w.practitioner_id,
       sum(w.provider_cents)::bigint AS provider, sum(w.withhold_cents)::bigint AS withhold
FROM {telling} AS s
CROSS JOIN LATERAL (
    SELECT * FROM capitation_share AS w
    WHERE w.run_id = s.run_id AND w.member_id = s.member_id
    OFFSET 0
) AS w
JOIN {scope} AS wanted
  ON wanted.member_id = w.member_id AND wanted.coverage_month = w.coverage_month
GROUP BY w.member_id, w.coverage_month, w.payee_id, w.practitioner_id;
ANALYZE {posted_share} (member_id, coverage_month);
SET LOCAL enable_nestloop = off;
