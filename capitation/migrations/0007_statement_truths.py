"""Statements stay as published, questions are answered once; the triggers lie in the `.sql`."""

from pathlib import Path

from django.db import migrations

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
UNDO = "".join(
    f"DROP TRIGGER {name} ON {table};"
    for table, names in (
        ("capitation_statement", ("refuse_change", "refuse_truncate")),
        ("capitation_statementposting", ("refuse_change", "refuse_truncate")),
        ("capitation_dispute", ("stays", "refuse_delete", "refuse_truncate")),
    )
    for name in names
) + ("DROP FUNCTION capitation_dispute_stays();")


class Migration(migrations.Migration):
    dependencies = [("capitation", "0006_statement_postings"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(TRUTHS, UNDO)]
