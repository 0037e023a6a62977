"""Lets salts be deleted by one function only, which asks for the event that says why."""

from pathlib import Path

from django.db import migrations

UNDO = "DROP FUNCTION audit_shred_salts(bigint[])"


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_events_leave_leaves")]
    operations = [
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"), UNDO)
    ]
