"""Makes evidence of what people edit and of every step of money; its text lies beside in SQL."""

from pathlib import Path

from django.db import migrations

TABLES = ("ledger_entry", "capitation_run", "capitation_statement", "capitation_paymentbatch")
UNWITNESS = """
DO $$
DECLARE
    history text;
BEGIN
    FOR history IN SELECT DISTINCT table_name FROM audit_source
                   WHERE table_name NOT LIKE 'audit%' LOOP
        EXECUTE format('DROP TRIGGER leaves ON %I; DROP FUNCTION %I()',
                       history, history || '_leaves');
    END LOOP;
END $$;
"""
UNDO = (
    UNWITNESS
    + "DROP TRIGGER begins ON capitation_paymentbatch;"
    + "".join(
        f"DROP TRIGGER steps ON {table}; DROP FUNCTION {table}_steps();"
        f"DROP FUNCTION {table}_evidence({table});"
        for table in TABLES
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_events_leave_leaves"),
        ("identity", "0002_invitations_and_history"),
        ("ledger", "0002_truths"),
        ("credentialing", "0001_initial"),
        ("capitation", "0011_returns_and_paid_after_all"),
    ]
    operations = [
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"), UNDO)
    ]
