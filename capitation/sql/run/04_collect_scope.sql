-- Reads: every fact recorded or superseded since the contract's last posted run. Writes {scope}: the
-- member-months of which something became known, within reach of the look-back. The first run of a
-- month calculates its own month for everyone besides; all else is proportional to what changed.
CREATE UNLOGGED TABLE {changed} AS
WITH since AS (SELECT %(previous)s::bigint AS low, %(snapshot)s::bigint AS high)
SELECT f.member_id, f.effective_date AS from_day, f.end_date AS to_day, false AS is_premium
FROM capitation_coveragespan AS f, since
WHERE f.contract_id = %(contract_id)s AND f.fact_no > low AND f.fact_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_coveragespan AS f, since
WHERE f.contract_id = %(contract_id)s AND f.superseded_no > low AND f.superseded_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_pcpassignment AS f, since
WHERE f.fact_no > low AND f.fact_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_pcpassignment AS f, since
WHERE f.superseded_no > low AND f.superseded_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_memberprofile AS f, since
WHERE f.fact_no > low AND f.fact_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_memberprofile AS f, since
WHERE f.superseded_no > low AND f.superseded_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_memberstatus AS f, since
WHERE f.fact_no > low AND f.fact_no <= high OR f.superseded_no > low AND f.superseded_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_riskscore AS f, since
WHERE f.fact_no > low AND f.fact_no <= high
UNION ALL
SELECT f.member_id, f.effective_date, f.end_date, false FROM capitation_riskscore AS f, since
WHERE f.superseded_no > low AND f.superseded_no <= high
UNION ALL
SELECT f.member_id, f.coverage_month, (f.coverage_month + interval '1 month')::date, true
FROM capitation_receipt AS f, since
WHERE f.contract_id = %(contract_id)s AND f.fact_no > low AND f.fact_no <= high
  AND (f.coverage_month < %(month)s::date OR NOT %(is_first)s)
UNION ALL
SELECT f.member_id, f.coverage_month, (f.coverage_month + interval '1 month')::date, true
FROM capitation_premium AS f, since
WHERE f.contract_id = %(contract_id)s AND f.fact_no > low AND f.fact_no <= high
  AND (f.coverage_month < %(month)s::date OR NOT %(is_first)s)
UNION ALL
-- A practitioner joined, left or moved practice: everyone assigned to them in those days.
SELECT a.member_id, greatest(a.effective_date, p.effective_date),
       least(a.end_date, p.end_date), false
FROM credentialing_participation AS p
JOIN capitation_pcpassignment AS a ON a.practitioner_id = p.practitioner_id, since
WHERE p.payer_party_id = %(payer_party_id)s
  AND (p.fact_no > low AND p.fact_no <= high OR p.superseded_no > low AND p.superseded_no <= high)
UNION ALL
-- The terms of earlier months changed: everyone covered in those months.
SELECT c.member_id, greatest(c.effective_date, t.effective_date),
       least(c.end_date, t.end_date), false
FROM capitation_terms AS t
JOIN capitation_coveragespan AS c ON c.contract_id = t.contract_id, since
WHERE t.contract_id = %(contract_id)s AND t.effective_date < %(month)s::date
  AND (t.fact_no > low AND t.fact_no <= high OR t.superseded_no > low AND t.superseded_no <= high);

CREATE UNLOGGED TABLE {scope} AS
SELECT DISTINCT c.member_id, t.coverage_month
FROM {changed} AS c
JOIN capitation_member AS m ON m.id = c.member_id AND m.payer_id = %(payer_id)s
JOIN {terms} AS t
  ON c.from_day < t.next_month AND (c.to_day IS NULL OR c.to_day > t.coverage_month)
 AND (t.in_lookback OR c.is_premium)
WHERE t.coverage_month < %(month)s::date OR NOT %(is_first)s;
ANALYZE {scope};
