-- Reads: shares and waterfall rows of last month's runs and of this month's. Answers why the month
-- itself brings a payee more or less than the month before, member by member: every member whose
-- amount differs is counted under one cause, so that the causes sum to the difference.
WITH line AS (
    SELECT s.coverage_month = %(month)s::date AS is_now, s.payee_id, s.member_id,
           sum(s.provider_cents - s.withhold_cents)::bigint AS cents,
           max(s.days) AS days, max(w.age) AS age, max(w.sex) AS sex, max(w.plan_code) AS plan_code,
           max(w.risk) AS risk, max(w.rate_pmpm) AS rate, max(w.status) AS status,
           sum(w.received_cents) AS received,
           max(r.contract_id) AS contract_id
    FROM capitation_share AS s
    JOIN capitation_run AS r ON r.id = s.run_id
    JOIN capitation_waterfall AS w
      ON w.run_id = s.run_id AND w.member_id = s.member_id
     AND w.coverage_month = s.coverage_month
     AND w.run_id = ANY (%(runs)s::bigint[] || %(runs_before)s::bigint[])
    WHERE (s.run_id = ANY (%(runs)s::bigint[]) AND s.coverage_month = %(month)s::date
           OR s.run_id = ANY (%(runs_before)s::bigint[])
              AND s.coverage_month = %(month_before)s::date)
      AND s.payee_id <> %(unassigned)s
    GROUP BY 1, 2, 3
)
SELECT payee_id, cause, count(*) AS members, sum(cents)::bigint AS cents
FROM (
    SELECT COALESCE(now.payee_id, was.payee_id) AS payee_id,
           COALESCE(now.cents, 0) - COALESCE(was.cents, 0) AS cents,
           CASE WHEN COALESCE(was.cents, 0) = 0 THEN
                    CASE WHEN was.member_id IS NULL THEN 'joined' ELSE 'paid_again' END
                WHEN COALESCE(now.cents, 0) = 0 THEN
                    CASE WHEN now.member_id IS NULL THEN 'left' ELSE 'unpaid_now' END
                WHEN now.plan_code IS DISTINCT FROM was.plan_code
                     OR now.contract_id <> was.contract_id THEN 'product'
                WHEN now.rate IS DISTINCT FROM was.rate
                     THEN CASE WHEN now.age IS DISTINCT FROM was.age
                                    OR now.sex IS DISTINCT FROM was.sex
                               THEN 'birthday' ELSE 'rate' END
                WHEN now.risk IS DISTINCT FROM was.risk THEN 'risk'
                -- Under percent of received the amount follows the money, else the days.
                WHEN now.rate IS NULL AND now.received <> was.received THEN 'received'
                WHEN now.days <> was.days THEN 'days'
                ELSE 'terms' END AS cause
    FROM (SELECT * FROM line WHERE is_now) AS now
    FULL JOIN (SELECT * FROM line WHERE NOT is_now) AS was USING (payee_id, member_id)
) AS change
WHERE cents <> 0
GROUP BY payee_id, cause
ORDER BY payee_id, cause
