-- No member is covered twice, or assigned to two PCPs, on one day, among what is not superseded.
SELECT 'coverage' AS what, member_id, effective_date
FROM (
    SELECT member_id, effective_date, lag(COALESCE(end_date, 'infinity')) OVER member AS before_end
    FROM capitation_coveragespan
    WHERE superseded_no IS NULL AND (end_date IS NULL OR end_date > effective_date)
    WINDOW member AS (PARTITION BY member_id ORDER BY effective_date)
) AS spans WHERE before_end > effective_date
UNION ALL
SELECT 'pcp', member_id, effective_date
FROM (
    SELECT member_id, effective_date, lag(COALESCE(end_date, 'infinity')) OVER member AS before_end
    FROM capitation_pcpassignment
    WHERE superseded_no IS NULL AND (end_date IS NULL OR end_date > effective_date)
    WINDOW member AS (PARTITION BY member_id ORDER BY effective_date)
) AS spans WHERE before_end > effective_date
