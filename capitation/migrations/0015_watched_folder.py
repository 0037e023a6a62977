"""Keeps what lay in the watched folder, and where files came from."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("capitation", "0014_prenotes_and_corrections"),
    ]

    operations = [
        migrations.AddField(
            model_name="planfile",
            name="came_from",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="returnfile",
            name="came_from",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.CreateModel(
            name="InboxFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("folder", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=255)),
                ("size", models.BigIntegerField()),
                ("modified_ns", models.BigIntegerField()),
                ("inode", models.DecimalField(decimal_places=0, max_digits=20)),
                ("first_seen_at", models.DateTimeField()),
                ("unchanged_since", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("seen", "being received"),
                            ("taken", "taken"),
                            ("refused", "refused"),
                            ("gone", "taken away"),
                        ],
                        default="seen",
                        max_length=7,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("moved_to", models.CharField(blank=True, max_length=200)),
                (
                    "plan_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sightings",
                        to="capitation.planfile",
                    ),
                ),
                (
                    "return_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sightings",
                        to="capitation.returnfile",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "seen")),
                        fields=("folder", "name"),
                        name="capitation_inbox_seen_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["seen", "gone"]),
                            ("ended_at__isnull", False),
                            _connector="OR",
                        ),
                        name="capitation_inbox_ended_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "refused"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="capitation_inbox_refused_says_why",
                    ),
                ],
            },
        ),
    ]
