-- Reads: rate cells of the tables in {terms}. Writes {cells}: one row a year of age, because an
-- equality join on the age costs a tenth of a range join (performance.md). A county with rates of
-- its own is written behind the plan, so that one text finds the rate: its cells are its own, and
-- everybody's where it has none.
CREATE UNLOGGED TABLE {cells} AS
WITH cell AS (
    SELECT c.rate_table_id, c.plan_code, c.county_code, c.sex, age::smallint AS age, c.rate_pmpm
    FROM capitation_ratecell AS c
    CROSS JOIN LATERAL generate_series(c.age_from::int, c.age_to::int) AS age
    WHERE c.rate_table_id IN (SELECT rate_table_id FROM {terms})
),
county AS (
    SELECT DISTINCT rate_table_id, county_code FROM cell WHERE county_code <> ''
)
SELECT rate_table_id, plan_code::text AS plan_code, sex, age, rate_pmpm,
       (rate_pmpm * 10000)::bigint AS rate_units
FROM cell WHERE county_code = ''
UNION ALL
SELECT rate_table_id, capitation_plan_in_county(plan_code, own.county_code), sex, age, rate_pmpm,
       (rate_pmpm * 10000)::bigint
FROM (
    SELECT DISTINCT ON (cell.rate_table_id, cell.plan_code, county.county_code, cell.sex, cell.age)
           cell.rate_table_id, cell.plan_code, county.county_code, cell.sex, cell.age,
           cell.rate_pmpm
    FROM cell JOIN county USING (rate_table_id)
    WHERE cell.county_code IN ('', county.county_code)
    ORDER BY cell.rate_table_id, cell.plan_code, county.county_code, cell.sex, cell.age,
             cell.county_code DESC
) AS own;
ANALYZE {cells};
