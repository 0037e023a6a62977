-- Members of one contract with a year behind them, made by arithmetic: every run is the same.
INSERT INTO identity_party (kind, name)
SELECT 'practice', 'Practice ' || n FROM generate_series(1, 120) AS n;

INSERT INTO credentialing_practice (party_id, tin, name)
SELECT id, lpad((990000000 + id)::text, 9, '0'), name FROM identity_party WHERE kind = 'practice';

INSERT INTO credentialing_practitioner (npi, first_name, last_name, specialty)
SELECT (2990000000 + n)::text, 'First', 'Last ' || n, '' FROM generate_series(1, 500) AS n;

INSERT INTO credentialing_participation
    (practitioner_id, practice_id, payer_party_id, effective_date, fact_no, recorded_at)
SELECT d.id, p.id, %(payer_party_id)s, '2020-01-01', %(fact_no)s, now()
FROM credentialing_practitioner AS d
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM credentialing_practice) AS p
  ON p.place = mod(d.id, 120);

INSERT INTO capitation_member (payer_id, plan_member_id, uuid)
SELECT %(payer_id)s, 'B' || lpad(n::text, 9, '0'), gen_random_uuid()
FROM generate_series(1, %(members)s) AS n;

INSERT INTO capitation_memberprofile
    (member_id, last_name, first_name, search_name, birth_date, sex, county_code, address, city,
     state, zip_code, phone, effective_date, fact_no, recorded_at)
SELECT id, 'Last' || id, 'First', 'last' || id || ' first',
       date '1936-01-01' + (mod(id * 7919, 18000))::int,
       CASE mod(id, 2) WHEN 0 THEN 'F' ELSE 'M' END,
       '', '', '', '', '', '', '1900-01-01', %(fact_no)s, now()
FROM capitation_member;

INSERT INTO capitation_coveragespan
    (member_id, contract_id, plan_code, effective_date, fact_no, recorded_at)
SELECT id, %(contract_id)s, 'P' || mod(id, 3) + 1, %(start)s, %(fact_no)s, now()
FROM capitation_member;

-- One member in five moved to another PCP during the year.
INSERT INTO capitation_pcpassignment
    (member_id, practitioner_id, effective_date, end_date, reason, assigned_by, fact_no,
     recorded_at)
SELECT id, mod(id, 500) + first_id, %(start)s,
       CASE WHEN mod(id, 5) = 0 THEN %(start)s::date + (mod(id, 300))::int + 20 END, '', 'plan',
       %(fact_no)s, now()
FROM capitation_member, (SELECT min(id) AS first_id FROM credentialing_practitioner) AS pcp;

INSERT INTO capitation_pcpassignment
    (member_id, practitioner_id, effective_date, reason, assigned_by, fact_no, recorded_at)
SELECT id, mod(id + 7, 500) + first_id, %(start)s::date + (mod(id, 300))::int + 20, '', 'plan',
       %(fact_no)s, now()
FROM capitation_member, (SELECT min(id) AS first_id FROM credentialing_practitioner) AS pcp
WHERE mod(id, 5) = 0;

INSERT INTO capitation_riskscore (member_id, score, effective_date, fact_no, recorded_at)
SELECT id, 0.6 + mod(id, 1000) * 0.001, %(start)s, %(fact_no)s, now() FROM capitation_member;

INSERT INTO capitation_receipt
    (contract_id, member_id, coverage_month, amount_cents, reason, fact_no)
SELECT %(contract_id)s, m.id, month::date, 90000 + mod(m.id * 31, 20000), '', %(fact_no)s
FROM generate_series(%(start)s::date, %(month)s::date, interval '1 month') AS month,
     capitation_member AS m;
