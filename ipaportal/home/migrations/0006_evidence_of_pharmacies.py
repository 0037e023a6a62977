"""Makes evidence of the new column of offices' history."""

from django.db import migrations

WITNESS = "SELECT audit_witness('purchasing_siteevent');"


class Migration(migrations.Migration):
    dependencies = [
        ("home", "0005_evidence_of_suppliers_minimums"),
        ("purchasing", "0014_troubles_and_papers"),
    ]
    operations = [migrations.RunSQL(WITNESS, migrations.RunSQL.noop)]
