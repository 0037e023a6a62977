"""Lets what was done, seen and found wrong leave leaves; their text lies beside in SQL."""

from pathlib import Path

from django.db import migrations, models

UNDO = """
DROP TRIGGER steps ON audit_incident;
DROP FUNCTION audit_incident_steps();
DROP TRIGGER leaves ON audit_step;
DROP TRIGGER leaves ON audit_accessevent;
DROP TRIGGER leaves ON audit_domainevent;
DROP FUNCTION audit_step_leaves(), audit_accessevent_leaves(), audit_domainevent_leaves();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_leaves")]
    operations = [
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"), UNDO),
        # Tables of migration 0005, for the ORM.
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("log", models.TextField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
                ("note", models.TextField()),
            ],
            options={
                "db_table": "audit_checkpoint",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                ("source_id", models.IntegerField()),
                ("kind", models.TextField()),
                ("key", models.TextField()),
                ("digest", models.BinaryField()),
            ],
            options={
                "verbose_name_plural": "leaves",
                "db_table": "audit_leaf",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Salt",
            fields=[
                ("leaf_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("salt", models.BinaryField()),
            ],
            options={
                "db_table": "audit_salt",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="SealedLeaf",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("leaf_id", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField()),
            ],
            options={
                "db_table": "audit_sealedleaf",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("subject", models.TextField()),
                ("payload", models.JSONField()),
            ],
            options={
                "db_table": "audit_step",
                "managed": False,
            },
        ),
    ]
