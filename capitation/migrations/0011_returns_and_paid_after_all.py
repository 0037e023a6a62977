"""Keeps the lines of the bank's returns, and lets a void payment be settled after all."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
BEFORE = Path(__file__).with_name("0005_payment_truths.sql").read_text()
_START = BEFORE.index("CREATE FUNCTION capitation_payment_stays()")
_STAYS = BEFORE[_START : BEFORE.index("END $$;", _START)] + "END $$;"
UNDO = (
    "".join(
        f"DROP TRIGGER {name} ON {table};"
        for table, names in (
            ("capitation_returnline", ("stays", "refuse_delete", "refuse_truncate")),
            ("capitation_returnfile", ("refuse_change", "refuse_truncate")),
        )
        for name in names
    )
    + "DROP FUNCTION capitation_return_line_stays();"
    + _STAYS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
)


class Migration(migrations.Migration):
    dependencies = [
        ("capitation", "0010_identities_and_payments"),
        ("identity", "0002_invitations_and_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReturnFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("received_at", models.DateTimeField()),
                ("received_by_id", models.BigIntegerField(blank=True, null=True)),
                ("received_by_name", models.CharField(max_length=200)),
                ("line_count", models.PositiveIntegerField()),
                ("total_cents", models.BigIntegerField()),
            ],
            options={
                "ordering": ["-received_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReturnLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("line", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("return", "return"),
                            ("change", "notice of change"),
                            ("other", "neither a return nor a notice"),
                        ],
                        max_length=6,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=3)),
                ("trace_number", models.CharField(blank=True, max_length=15)),
                ("amount_cents", models.BigIntegerField()),
                ("name", models.CharField(blank=True, max_length=22)),
                ("corrected_encrypted", models.BinaryField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("applied", "applied"),
                            ("waiting", "waiting"),
                            ("closed", "closed"),
                        ],
                        max_length=7,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=12)),
                ("decided_by_id", models.BigIntegerField(blank=True, null=True)),
                ("decided_by_name", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_text", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["file", "line"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="capitation_reissued_once",
        ),
        migrations.AddField(
            model_name="payment",
            name="paid_after_all_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="paid_after_all_by_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="paid_after_all_by_name",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="payment",
            name="paid_after_all_text",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="payment",
            name="voided_by_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at__isnull", True)),
                fields=("reissues",),
                name="capitation_paid_anew_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("paid_after_all_at__isnull", True),
                    models.Q(
                        ("trace_number__isnull", False),
                        ("voided_at__isnull", False),
                        models.Q(("paid_after_all_text", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="capitation_paid_after_all_was_void",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("voided_by_id__isnull", True),
                    ("paid_after_all_by_id__isnull", True),
                    models.Q(("paid_after_all_by_id", models.F("voided_by_id")), _negated=True),
                    _connector="OR",
                ),
                name="capitation_paid_after_all_second_person",
            ),
        ),
        migrations.AddField(
            model_name="returnline",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="capitation.returnfile",
            ),
        ),
        migrations.AddField(
            model_name="returnline",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="return_lines",
                to="capitation.payment",
            ),
        ),
        migrations.AddIndex(
            model_name="returnline",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["state"],
                name="capitation_lines_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.UniqueConstraint(
                fields=("file", "line"), name="capitation_return_line_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "applied")),
                fields=("payment",),
                name="capitation_returned_by_one_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "applied"), _negated=True),
                    models.Q(("kind", "return"), ("payment__isnull", False)),
                    _connector="OR",
                ),
                name="capitation_applied_line_has_a_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "applied"), models.Q(("why", ""), _negated=True), _connector="OR"
                ),
                name="capitation_waiting_line_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True),
                    models.Q(
                        ("decided_at__isnull", False),
                        models.Q(("decision_text", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="capitation_closed_line_has_words",
            ),
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
