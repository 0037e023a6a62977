"""Makes evidence of the new columns of suppliers' history."""

from django.db import migrations

WITNESS = "SELECT audit_witness('purchasing_supplierevent');"


class Migration(migrations.Migration):
    dependencies = [
        ("home", "0004_evidence_of_named_orders"),
        ("purchasing", "0007_freight_and_minimums"),
    ]
    operations = [migrations.RunSQL(WITNESS, migrations.RunSQL.noop)]
