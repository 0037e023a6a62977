import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import ipaportal.core.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("credentialing", "0002_people_and_places"),
        ("identity", "0004_emergency_access"),
    ]

    operations = [
        migrations.CreateModel(
            name="Exclusivity",
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
                ("source", models.CharField(max_length=200, verbose_name="where it is agreed")),
                ("recorded_by", models.CharField(max_length=200)),
                (
                    "pair_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("practice_id"), "*", models.Value(100000)
                            ),
                            "+",
                            models.F("payer_party_id"),
                        ),
                        output_field=models.BigIntegerField(),
                    ),
                ),
                (
                    "payer_party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.party",
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exclusivities",
                        to="credentialing.practice",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "exclusivities",
                "indexes": [
                    models.Index(
                        fields=["payer_party", "practice"], name="credentialing_excl_payer"
                    ),
                    models.Index(fields=["fact_no"], name="credentialing_excl_fact"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("superseded_no__isnull", True)),
                        expressions=[
                            (
                                ipaportal.core.constraints.PackedSpan(
                                    models.F("pair_key"),
                                    models.F("effective_date"),
                                    models.F("end_date"),
                                ),
                                "&&",
                            )
                        ],
                        name="credentialing_one_exclusivity",
                    )
                ],
            },
        ),
    ]
