"""Facilities confirm what the directory says of them; a round of reminders ends once a day."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("credentialing_directoryround", "credentialing_facilitycheck")
TRUTHS = "".join(
    f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();"
    f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();"
    for table in TABLES
)
UNDO = "".join(
    f"DROP TRIGGER refuse_change ON {table}; DROP TRIGGER refuse_truncate ON {table};"
    for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [
        ("credentialing", "0020_facility_actions"),
    ]

    operations = [
        migrations.CreateModel(
            name="DirectoryRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("ended_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-day"],
            },
        ),
        migrations.CreateModel(
            name="FacilityCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("confirmed_date", models.DateField()),
                (
                    "told_by",
                    models.CharField(max_length=200, verbose_name="who of the facility said so"),
                ),
                ("content", models.JSONField()),
                ("confirmed_by_id", models.BigIntegerField(blank=True, null=True)),
                ("confirmed_by_name", models.CharField(max_length=200)),
                ("confirmed_at", models.DateTimeField()),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="directory_checks",
                        to="credentialing.facility",
                    ),
                ),
            ],
            options={
                "ordering": ["-confirmed_at", "-pk"],
                "indexes": [
                    models.Index(
                        fields=["facility", "confirmed_date"], name="credentialing_fac_dir_check"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("told_by", ""), _negated=True),
                        name="credentialing_facility_confirmed_by_somebody",
                    )
                ],
            },
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
