"""Makes evidence of what people change of suppliers, sites and group orders."""

from django.db import migrations

TABLES = ("supplier", "site", "grouporder")
WITNESS = "".join(f"SELECT audit_witness('purchasing_{name}event');" for name in TABLES)
UNWITNESS = "".join(
    f"DROP TRIGGER leaves ON purchasing_{name}event;DROP FUNCTION purchasing_{name}event_leaves();"
    for name in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("home", "0002_evidence_of_sign_ins"), ("purchasing", "0001_initial")]
    operations = [migrations.RunSQL(WITNESS, UNWITNESS)]
