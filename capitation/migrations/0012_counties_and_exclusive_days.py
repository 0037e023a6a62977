"""Dated counties, rates of a county, exclusive days of a row, and makers of what is used late."""

from pathlib import Path

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

import ipaportal.core.constraints

CHANGES = Path(__file__).with_suffix(".sql").read_text()
BEFORE = Path(__file__).with_name("0009_run_makers.sql").read_text()
UNDO = """
ALTER TABLE capitation_waterfall DROP COLUMN exclusive_days, DROP COLUMN county_code;
DROP FUNCTION capitation_plan_in_county(text, text);
DROP TRIGGER refuse_truncate ON capitation_membercounty;
DROP TRIGGER supersede_once ON capitation_membercounty;
DROP TRIGGER refuse_truncate ON credentialing_exclusivity;
DROP TRIGGER supersede_once ON credentialing_exclusivity;
""" + BEFORE[BEFORE.index("CREATE FUNCTION capitation_run_makers") :].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1
)


class Migration(migrations.Migration):
    dependencies = [
        ("capitation", "0011_returns_and_paid_after_all"),
        ("credentialing", "0003_exclusivities"),
    ]

    operations = [
        migrations.CreateModel(
            name="MemberCounty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_date", models.DateField()),
                ("end_date", models.DateField(blank=True, null=True)),
                ("fact_no", models.BigIntegerField()),
                ("superseded_no", models.BigIntegerField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("line_no", models.IntegerField(null=True)),
                ("county_code", models.CharField(max_length=5)),
            ],
            options={
                "verbose_name_plural": "member counties",
            },
        ),
        migrations.AlterModelOptions(
            name="ratecell",
            options={"ordering": ["plan_code", "county_code", "sex", "age_from"]},
        ),
        migrations.RemoveConstraint(
            model_name="ratecell",
            name="capitation_rate_cell",
        ),
        migrations.AddField(
            model_name="ratecell",
            name="county_code",
            field=models.CharField(blank=True, max_length=5),
        ),
        migrations.AddConstraint(
            model_name="ratecell",
            constraint=models.UniqueConstraint(
                fields=("rate_table", "plan_code", "county_code", "sex", "age_from"),
                name="capitation_rate_cell",
            ),
        ),
        migrations.AddField(
            model_name="membercounty",
            name="file",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="capitation.planfile",
            ),
        ),
        migrations.AddField(
            model_name="membercounty",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)s_facts",
                to="capitation.member",
            ),
        ),
        migrations.AddIndex(
            model_name="membercounty",
            index=models.Index(fields=["member"], name="capitation_county_member"),
        ),
        migrations.AddIndex(
            model_name="membercounty",
            index=models.Index(fields=["fact_no"], name="capitation_county_fact"),
        ),
        migrations.AddIndex(
            model_name="membercounty",
            index=models.Index(
                condition=models.Q(("superseded_no__isnull", False)),
                fields=["superseded_no"],
                name="capitation_county_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="membercounty",
            index=models.Index(
                fields=["effective_date", "fact_no"], name="capitation_county_starts"
            ),
        ),
        migrations.AddIndex(
            model_name="membercounty",
            index=models.Index(
                condition=models.Q(("end_date__isnull", False)),
                fields=["end_date", "fact_no"],
                name="capitation_county_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="membercounty",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("superseded_no__isnull", True)),
                expressions=[
                    (
                        ipaportal.core.constraints.PackedSpan(
                            models.F("member_id"), models.F("effective_date"), models.F("end_date")
                        ),
                        "&&",
                    )
                ],
                name="capitation_one_county",
            ),
        ),
        migrations.RunSQL(CHANGES, UNDO),
    ]
