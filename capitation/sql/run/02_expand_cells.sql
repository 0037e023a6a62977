-- Reads: rate cells of the tables in {terms}. Writes {cells}: one row a year of age, because an
-- equality join on the age costs a tenth of a range join (performance.md).
CREATE UNLOGGED TABLE {cells} AS
SELECT c.rate_table_id, c.plan_code, c.sex, age::smallint AS age, c.rate_pmpm
FROM capitation_ratecell AS c
CROSS JOIN LATERAL generate_series(c.age_from::int, c.age_to::int) AS age
WHERE c.rate_table_id IN (SELECT rate_table_id FROM {terms});
ANALYZE {cells};
