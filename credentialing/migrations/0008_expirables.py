from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
UNDO = """
DROP TRIGGER refuse_change ON credentialing_expirablenotice;
DROP TRIGGER changes_once ON credentialing_allowance;
DROP TRIGGER changes_once ON credentialing_suspension;
DROP TRIGGER refuse_truncate ON credentialing_expirablenotice;
DROP TRIGGER refuse_truncate ON credentialing_allowance;
DROP TRIGGER refuse_truncate ON credentialing_suspension;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credentialing", "0007_rosters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("grace", "grace period of the issuer"), ("waived", "waived")],
                        max_length=6,
                    ),
                ),
                (
                    "until_date",
                    models.DateField(blank=True, null=True, verbose_name="last day of the grace"),
                ),
                ("reason", models.CharField(max_length=500)),
                ("recorded_by_id", models.BigIntegerField(blank=True, null=True)),
                ("recorded_by_name", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by_name", models.CharField(blank=True, max_length=200)),
                (
                    "credential",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allowances",
                        to="credentialing.credential",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credentialing.document",
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("credential",),
                        name="credentialing_one_allowance",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "grace"), _negated=True),
                            models.Q(("document__isnull", False), ("until_date__isnull", False)),
                            _connector="OR",
                        ),
                        name="credentialing_grace_has_its_paper",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="credentialing_allowed_for",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpirableNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("threshold", models.PositiveSmallIntegerField()),
                ("is_skipped", models.BooleanField(default=False)),
                ("readers", models.JSONField(default=list)),
                ("sent_at", models.DateTimeField()),
                (
                    "credential",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="credentialing.credential",
                    ),
                ),
            ],
            options={
                "ordering": ["-sent_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credential", "threshold"), name="credentialing_reminded_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("effective_date", models.DateField(verbose_name="first day without a part")),
                ("ended", models.JSONField(default=dict)),
                ("placed_by_name", models.CharField(max_length=200)),
                ("placed_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by_name", models.CharField(blank=True, max_length=200)),
                ("lift_text", models.CharField(blank=True, max_length=500)),
                (
                    "credential",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="credentialing.credential",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="credentialing.facility",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="credentialing.practitioner",
                    ),
                ),
            ],
            options={
                "ordering": ["-placed_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("facility__isnull", True), ("practitioner__isnull", False)),
                            models.Q(("facility__isnull", False), ("practitioner__isnull", True)),
                            _connector="OR",
                        ),
                        name="credentialing_suspension_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("practitioner", "facility"),
                        name="credentialing_suspended_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
