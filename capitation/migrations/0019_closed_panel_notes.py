"""What was done with members whom a plan's file put on a closed panel: added, never changed."""

import django.db.models.deletion
from django.db import migrations, models

TABLE = "capitation_closedpanelnote"
TRUTHS = f"""
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
UNDO = f"DROP TRIGGER refuse_change ON {TABLE}; DROP TRIGGER refuse_truncate ON {TABLE};"


class Migration(migrations.Migration):
    dependencies = [
        ("capitation", "0018_bonuses"),
        ("credentialing", "0020_facility_actions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosedPanelNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(verbose_name="first day with the PCP")),
                (
                    "done",
                    models.CharField(
                        choices=[
                            ("told", "plan was told"),
                            ("accepted", "accepted by the practice"),
                            ("moved", "plan moves them"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("again_date", models.DateField(blank=True, null=True)),
                ("noted_at", models.DateTimeField()),
                ("noted_by_id", models.BigIntegerField(blank=True, null=True)),
                ("noted_by_name", models.CharField(max_length=200)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="capitation.member",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credentialing.practitioner",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        fields=["practitioner", "member", "since", "-id"],
                        name="capitation_closed_note_newest",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done", "accepted"), ("again_date__isnull", False), _connector="XOR"
                        ),
                        name="capitation_closed_note_looked_at_again",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="capitation_closed_note_says_something",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
