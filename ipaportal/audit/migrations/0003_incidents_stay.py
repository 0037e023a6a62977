"""Incidents are closed once and never changed otherwise; their text lies beside in SQL."""

from pathlib import Path

from django.db import migrations

UNDO = """
DROP TRIGGER refuse_truncate ON audit_incident;
DROP TRIGGER refuse_delete ON audit_incident;
DROP TRIGGER close_once ON audit_incident;
DROP FUNCTION audit_incident_closes_once();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), UNDO)]
