"""Lets what was done, seen and found wrong leave leaves; their text lies beside in SQL."""

from pathlib import Path

from django.db import migrations

UNDO = """
DROP TRIGGER steps ON audit_incident;
DROP FUNCTION audit_incident_steps();
DROP TRIGGER leaves ON audit_step;
DROP TRIGGER leaves ON audit_accessevent;
DROP TRIGGER leaves ON audit_domainevent;
DROP FUNCTION audit_step_leaves(), audit_accessevent_leaves(), audit_domainevent_leaves();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_leaves")]
    operations = [
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"), UNDO)
    ]
