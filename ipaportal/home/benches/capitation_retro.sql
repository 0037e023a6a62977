-- What 3 % of the members bring between two months: 1 % lose coverage back in time, 1 % move PCP
-- back in time, for 1 % the plan takes money of earlier months back.
CREATE TEMPORARY TABLE ended ON COMMIT DROP AS
SELECT id, member_id, contract_id, plan_code, effective_date,
       (%(month)s::date - interval '1 month'
           * (1 + mod(member_id / 100, %(reach)s)))::date AS end_date
FROM capitation_coveragespan WHERE mod(member_id, 100) = 7;

UPDATE capitation_coveragespan SET superseded_no = %(fact_no)s, superseded_at = now()
WHERE id IN (SELECT id FROM ended);

INSERT INTO capitation_coveragespan
    (member_id, contract_id, plan_code, effective_date, end_date, fact_no, recorded_at)
SELECT member_id, contract_id, plan_code, effective_date, end_date, %(fact_no)s, now() FROM ended;

CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT id, member_id, practitioner_id, effective_date,
       (%(month)s::date - interval '1 month'
           * (1 + mod(member_id / 100, %(reach)s)))::date AS end_date
FROM capitation_pcpassignment WHERE mod(member_id, 100) = 13 AND end_date IS NULL;

UPDATE capitation_pcpassignment SET superseded_no = %(fact_no)s, superseded_at = now()
WHERE id IN (SELECT id FROM moved);

INSERT INTO capitation_pcpassignment
    (member_id, practitioner_id, effective_date, end_date, reason, assigned_by, fact_no,
     recorded_at)
SELECT member_id, practitioner_id, effective_date, end_date, '', 'plan', %(fact_no)s, now()
FROM moved WHERE end_date > effective_date
UNION ALL
SELECT member_id, CASE practitioner_id WHEN first_id THEN first_id + 1 ELSE first_id END,
       greatest(end_date, effective_date), NULL, '', 'plan', %(fact_no)s, now()
FROM moved, (SELECT min(id) AS first_id FROM credentialing_practitioner) AS pcp;

INSERT INTO capitation_receipt
    (contract_id, member_id, coverage_month, amount_cents, reason, fact_no)
SELECT contract_id, member_id, coverage_month, -amount_cents, 'taken back', %(fact_no)s
FROM capitation_receipt
WHERE mod(member_id, 100) = 19
  AND coverage_month
      = (%(month)s::date - interval '1 month' * (1 + mod(member_id / 100, %(reach)s)))::date;
