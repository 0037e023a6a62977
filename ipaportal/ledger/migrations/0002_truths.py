"""The truths of the books as triggers; their text lies beside in `0002_truths.sql`."""

from pathlib import Path

from django.db import migrations

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
UNDO = """
DROP TRIGGER begins_pending ON ledger_entry;
DROP TRIGGER changes_once ON ledger_entry;
DROP TRIGGER refuse_delete ON ledger_entry;
DROP TRIGGER refuse_truncate ON ledger_entry;
DROP TRIGGER go_to_pending ON ledger_posting;
DROP TRIGGER refuse_change ON ledger_posting;
DROP TRIGGER refuse_truncate ON ledger_posting;
DROP TRIGGER refuse_change ON ledger_account;
DROP TRIGGER refuse_truncate ON ledger_account;
DROP TRIGGER ends_once ON ledger_hold;
DROP TRIGGER refuse_delete ON ledger_hold;
DROP TRIGGER refuse_truncate ON ledger_hold;
DROP FUNCTION ledger_hold_ends_once();
DROP FUNCTION ledger_postings_go_to_pending();
DROP FUNCTION ledger_check_reversal(bigint, text, bigint);
DROP FUNCTION ledger_entry_changes_once();
DROP FUNCTION ledger_entry_begins_pending();
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(TRUTHS, UNDO)]
