-- Reads: every fact recorded or superseded since the contract's last posted run. Writes {scope}:
-- the member-months of which something became known, within reach of the look-back. The first run
-- of a month calculates its own month for everyone besides; all else is proportional to what
-- changed.
CREATE UNLOGGED TABLE {changed} AS
WITH news AS (
    -- What a fact says, in words; whether it was added or taken back; the days it speaks of.
    SELECT 'coverage ' || f.plan_code AS says, f.member_id, f.effective_date AS from_day,
           f.end_date AS to_day, f.fact_no, f.superseded_no
    FROM capitation_coveragespan AS f
    WHERE f.contract_id = %(contract_id)s
      AND (f.fact_no > %(previous)s OR f.superseded_no > %(previous)s)
    UNION ALL
    SELECT 'pcp ' || f.practitioner_id, f.member_id, f.effective_date, f.end_date, f.fact_no,
           f.superseded_no
    FROM capitation_pcpassignment AS f
    WHERE f.fact_no > %(previous)s OR f.superseded_no > %(previous)s
    UNION ALL
    SELECT concat('profile ', f.birth_date, f.sex), f.member_id, f.effective_date, f.end_date,
           f.fact_no, f.superseded_no
    FROM capitation_memberprofile AS f
    WHERE f.fact_no > %(previous)s OR f.superseded_no > %(previous)s
    UNION ALL
    SELECT 'status ' || f.status, f.member_id, f.effective_date, f.end_date, f.fact_no,
           f.superseded_no
    FROM capitation_memberstatus AS f
    WHERE f.fact_no > %(previous)s OR f.superseded_no > %(previous)s
    UNION ALL
    SELECT 'risk ' || f.score, f.member_id, f.effective_date, f.end_date, f.fact_no, f.superseded_no
    FROM capitation_riskscore AS f
    WHERE f.fact_no > %(previous)s OR f.superseded_no > %(previous)s
    UNION ALL
    SELECT 'county ' || f.county_code, f.member_id, f.effective_date, f.end_date, f.fact_no,
           f.superseded_no
    FROM capitation_membercounty AS f
    WHERE f.fact_no > %(previous)s OR f.superseded_no > %(previous)s
    UNION ALL
    -- A practitioner joined, left or moved practice: everyone assigned to them in those days.
    SELECT 'network ' || p.practitioner_id || ' ' || p.practice_id, a.member_id,
           greatest(a.effective_date, p.effective_date), least(a.end_date, p.end_date),
           p.fact_no, p.superseded_no
    FROM credentialing_participation AS p
    JOIN capitation_pcpassignment AS a ON a.practitioner_id = p.practitioner_id
    WHERE p.payer_party_id = %(payer_party_id)s
      AND (p.fact_no > %(previous)s OR p.superseded_no > %(previous)s)
    UNION ALL
    -- A practice became exclusive with the payer, or ended to be: everyone assigned to it.
    SELECT 'exclusive ' || e.practice_id, a.member_id,
           greatest(a.effective_date, p.effective_date, e.effective_date),
           least(a.end_date, p.end_date, e.end_date), e.fact_no, e.superseded_no
    FROM credentialing_exclusivity AS e
    JOIN credentialing_participation AS p
      ON p.practice_id = e.practice_id AND p.payer_party_id = e.payer_party_id
    JOIN capitation_pcpassignment AS a ON a.practitioner_id = p.practitioner_id
    WHERE e.payer_party_id = %(payer_party_id)s
      AND (e.fact_no > %(previous)s OR e.superseded_no > %(previous)s)
    UNION ALL
    -- The terms of earlier months changed: everyone covered in those months.
    SELECT 'terms ' || t.id, c.member_id, greatest(c.effective_date, t.effective_date),
           least(c.end_date, t.end_date), t.fact_no, t.superseded_no
    FROM capitation_terms AS t
    JOIN capitation_coveragespan AS c ON c.contract_id = t.contract_id
    WHERE t.contract_id = %(contract_id)s AND t.effective_date < %(month)s::date
      AND (t.fact_no > %(previous)s OR t.superseded_no > %(previous)s)
),
signed AS (
    SELECT says, member_id, from_day, to_day, 1 AS sign FROM news
    WHERE fact_no > %(previous)s AND fact_no <= %(snapshot)s
    UNION ALL
    SELECT says, member_id, from_day, to_day, -1 FROM news
    WHERE superseded_no > %(previous)s AND superseded_no <= %(snapshot)s
)
-- A fact taken back and put again changes only the months in which it says something else now.
SELECT n.member_id, t.coverage_month
FROM signed AS n
JOIN {terms} AS t
  ON n.from_day < t.next_month AND (n.to_day IS NULL OR n.to_day > t.coverage_month)
 AND t.in_lookback
WHERE t.coverage_month < %(month)s::date OR NOT %(is_first)s
GROUP BY n.member_id, t.coverage_month, n.says, greatest(n.from_day, t.coverage_month),
         least(n.to_day, t.next_month)
HAVING sum(n.sign) <> 0;

-- The plan's own changes of money reach back as far as the terms say, by default without limit.
INSERT INTO {changed}
SELECT f.member_id, f.coverage_month
FROM capitation_receipt AS f JOIN {terms} AS t USING (coverage_month)
WHERE f.contract_id = %(contract_id)s AND f.fact_no > %(previous)s AND f.fact_no <= %(snapshot)s
  AND (f.coverage_month < %(month)s::date OR NOT %(is_first)s)
UNION ALL
SELECT f.member_id, f.coverage_month
FROM capitation_premium AS f JOIN {terms} AS t USING (coverage_month)
WHERE f.contract_id = %(contract_id)s AND f.fact_no > %(previous)s AND f.fact_no <= %(snapshot)s
  AND (f.coverage_month < %(month)s::date OR NOT %(is_first)s);

-- Months that the last posted run did not reach, for the look-back was shorter or no terms covered
-- them: all the money that waited there.
INSERT INTO {changed}
SELECT f.member_id, f.coverage_month
FROM {terms} AS t
JOIN capitation_receipt AS f ON f.contract_id = %(contract_id)s
 AND f.coverage_month = t.coverage_month AND f.fact_no <= %(previous)s
WHERE t.coverage_month < %(month)s::date AND NOT EXISTS (
    SELECT FROM capitation_run AS last
    JOIN capitation_terms AS known ON known.contract_id = last.contract_id
     AND known.fact_no <= last.snapshot_no
     AND (known.superseded_no IS NULL OR known.superseded_no > last.snapshot_no)
     AND known.effective_date <= t.coverage_month
     AND (known.end_date IS NULL OR known.end_date > t.coverage_month)
    WHERE last.contract_id = %(contract_id)s AND last.status = 'posted'
      AND last.snapshot_no = %(previous)s
      AND last.reach_month <= t.coverage_month AND last.month >= t.coverage_month);

-- The members of this payer alone, looked up one by one, for they are few.
CREATE UNLOGGED TABLE {scope} AS
SELECT DISTINCT c.member_id, c.coverage_month
FROM {changed} AS c
JOIN capitation_member AS m ON m.id = c.member_id
WHERE m.payer_id = %(payer_id)s AND m.id = ANY (ARRAY(SELECT DISTINCT member_id FROM {changed}));
ANALYZE {scope};
