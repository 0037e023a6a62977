"""Takes the counties that profiles know over as dated facts, with their history."""

from django.db import migrations

TAKE = """
INSERT INTO capitation_membercounty
    (member_id, county_code, effective_date, end_date, fact_no, superseded_no, recorded_at,
     superseded_at, file_id, line_no)
SELECT member_id, county_code, effective_date, end_date, fact_no, superseded_no, recorded_at,
       superseded_at, file_id, line_no
FROM capitation_memberprofile WHERE county_code <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("capitation", "0012_counties_and_exclusive_days")]
    operations = [migrations.RunSQL(TAKE, migrations.RunSQL.noop)]
