-- Reads: posted rows of earlier runs of this contract. Writes {posted} and {posted_share}: what was
-- already told for the member-months in scope, found by index, not by reading history.
CREATE UNLOGGED TABLE {posted} AS
SELECT s.member_id, s.coverage_month, p.*, last.*
FROM {scope} AS s
CROSS JOIN LATERAL (
    SELECT sum(premium_cents)::bigint AS premium, sum(expected_cents)::bigint AS expected,
           sum(received_cents)::bigint AS received, sum(admin_fee_cents)::bigint AS admin_fee,
           sum(reinsurance_cents)::bigint AS reinsurance,
           sum(hospital_pool_cents)::bigint AS hospital_pool,
           sum(specialist_pool_cents)::bigint AS specialist_pool,
           sum(pharmacy_pool_cents)::bigint AS pharmacy_pool, sum(provider_cents)::bigint AS provider,
           sum(retained_cents)::bigint AS retained, sum(suspense_cents)::bigint AS suspense,
           sum(withhold_cents)::bigint AS withhold
    FROM capitation_waterfall AS w
    WHERE w.run_id = ANY (%(posted_runs)s::bigint[])
      AND w.member_id = s.member_id AND w.coverage_month = s.coverage_month
    HAVING count(*) > 0
) AS p
CROSS JOIN LATERAL (
    SELECT w.terms_id, w.covered_days, w.counted_days, w.pcps, w.plan_code, w.status, w.age, w.sex, w.risk,
           w.rate_pmpm
    FROM capitation_waterfall AS w
    WHERE w.run_id = ANY (%(posted_runs)s::bigint[])
      AND w.member_id = s.member_id AND w.coverage_month = s.coverage_month
    ORDER BY w.run_id DESC LIMIT 1
) AS last
WHERE s.coverage_month < %(month)s::date OR NOT %(is_first)s;
ANALYZE {posted};

CREATE UNLOGGED TABLE {posted_share} AS
SELECT s.member_id, s.coverage_month, p.*
FROM {scope} AS s
CROSS JOIN LATERAL (
    SELECT payee_id, practitioner_id, sum(provider_cents)::bigint AS provider,
           sum(withhold_cents)::bigint AS withhold
    FROM capitation_share AS w
    WHERE w.run_id = ANY (%(posted_runs)s::bigint[])
      AND w.member_id = s.member_id AND w.coverage_month = s.coverage_month
    GROUP BY payee_id, practitioner_id
) AS p
WHERE s.coverage_month < %(month)s::date OR NOT %(is_first)s;
ANALYZE {posted_share};

-- The share rows of the run: what is due now minus what was posted, over the full outer join.
CREATE UNLOGGED TABLE {share_row} AS
SELECT COALESCE(n.member_id, q.member_id) AS member_id,
       COALESCE(n.coverage_month, q.coverage_month) AS coverage_month,
       COALESCE(n.payee_id, q.payee_id) AS payee_id,
       COALESCE(n.practitioner_id, q.practitioner_id) AS practitioner_id,
       COALESCE(n.days, 0)::smallint AS days,
       COALESCE(n.provider_cents, 0) - COALESCE(q.provider, 0) AS provider_cents,
       COALESCE(n.withhold_cents, 0) - COALESCE(q.withhold, 0) AS withhold_cents
FROM {share_now} AS n
FULL JOIN {posted_share} AS q
       ON q.member_id = n.member_id AND q.coverage_month = n.coverage_month
      AND q.payee_id = n.payee_id AND q.practitioner_id = n.practitioner_id
WHERE COALESCE(n.provider_cents, 0) <> COALESCE(q.provider, 0)
   OR COALESCE(n.withhold_cents, 0) <> COALESCE(q.withhold, 0)
   OR n.coverage_month = %(month)s::date AND q.member_id IS NULL
      AND NOT EXISTS (SELECT FROM {posted} AS p
                      WHERE p.member_id = n.member_id AND p.coverage_month = n.coverage_month);

CREATE UNLOGGED TABLE {share_moved} AS
SELECT DISTINCT r.member_id, r.coverage_month
FROM {share_row} AS r JOIN {posted} AS p USING (member_id, coverage_month)
WHERE r.provider_cents <> 0 OR r.withhold_cents <> 0;
ANALYZE {share_moved};
