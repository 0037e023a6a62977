"""Links unusual looks to their cases behind the wall of cases, and enters breaches in accounts."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

KEEP = """
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON compliance_caselook
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_caselook
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
KINDS = [
    ("discovery", "When it was found"),
    ("count", "People affected"),
    ("assessment", "Four factors weighed"),
    ("decision", "Decision"),
    ("delay", "Law enforcement asked to wait"),
    ("letter", "Words of the notice"),
    ("notice", "Notice given"),
    ("account", "Entered into accounts of disclosures"),
]


class Migration(migrations.Migration):
    dependencies = [("compliance", "0028_remits")]

    operations = [
        migrations.AlterField(
            model_name="breachrecord",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=10),
        ),
        migrations.CreateModel(
            name="CaseLook",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("linked_at", models.DateTimeField()),
                ("linked_by_id", models.BigIntegerField()),
                ("linked_by_name", models.CharField(max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="compliance.case",
                    ),
                ),
                (
                    "look",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.unusuallook",
                    ),
                ),
            ],
            options={"ordering": ["linked_at"]},
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
