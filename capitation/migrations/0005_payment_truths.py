"""Bank accounts, batches and payments stay as prepared; the triggers lie beside in the `.sql`."""

from pathlib import Path

from django.db import migrations

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
TABLES = ("capitation_bankaccount", "capitation_payment", "capitation_paymentbatch")
UNDO = "".join(
    f"DROP TRIGGER {name} ON {table};"
    for table in TABLES
    for name in ("stays", "refuse_delete", "refuse_truncate")
) + (
    "DROP FUNCTION capitation_batch_stays();"
    "DROP FUNCTION capitation_payment_stays();"
    "DROP FUNCTION capitation_bank_account_stays();"
)


class Migration(migrations.Migration):
    dependencies = [("capitation", "0004_banking_payments"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(TRUTHS, UNDO)]
