"""Finds a run's unusual lines (not the plain current month) without reading a million plain ones."""

from django.db import migrations

DO = """
CREATE INDEX capitation_waterfall_unusual
    ON capitation_waterfall (member_id, coverage_month, reason, zero_reason)
    WHERE reason <> 'CURRENT' OR zero_reason IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("capitation", "0007_statement_truths")]
    operations = [migrations.RunSQL(DO, "DROP INDEX capitation_waterfall_unusual")]
