"""Makes evidence of the new column of group orders' history."""

from django.db import migrations

WITNESS = "SELECT audit_witness('purchasing_grouporderevent');"


class Migration(migrations.Migration):
    dependencies = [
        ("home", "0003_evidence_of_buying"),
        ("purchasing", "0002_named_practices"),
    ]
    operations = [migrations.RunSQL(WITNESS, migrations.RunSQL.noop)]
