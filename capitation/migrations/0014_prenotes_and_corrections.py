"""Prenotes, corrections by the bank's notices, and what banks say of a return."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

HERE = Path(__file__)
TRUTHS = HERE.with_suffix(".sql").read_text()


def _function(file: str, name: str) -> str:
    """A function as an earlier migration made it."""
    text = HERE.with_name(file).read_text()
    start = text.index(f"FUNCTION {name}()")
    return f"CREATE OR REPLACE {text[start : text.index('END $$;', start)]}END $$;"


UNDO = (
    "".join(
        f"DROP TRIGGER {name} ON {table};"
        for table, names in (
            ("capitation_prenote", ("stays", "refuse_delete", "refuse_truncate")),
            ("capitation_prenotefile", ("refuse_change", "refuse_truncate")),
            ("capitation_bankagreement", ("refuse_change", "refuse_truncate")),
        )
        for name in names
    )
    + "DROP FUNCTION capitation_prenote_stays();"
    + _function("0011_returns_and_paid_after_all.sql", "capitation_payment_stays")
    + _function("0005_payment_truths.sql", "capitation_bank_account_stays")
)


class Migration(migrations.Migration):
    dependencies = [
        ("capitation", "0013_counties_known"),
        ("identity", "0004_emergency_access"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankAgreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_date", models.DateField()),
                ("sends_prenotes", models.BooleanField()),
                ("text", models.CharField(max_length=500)),
                ("set_by_id", models.BigIntegerField(blank=True, null=True)),
                ("set_by_name", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-effective_date", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Prenote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("needed", "to be sent"),
                            ("sent", "sent"),
                            ("returned", "sent back"),
                        ],
                        default="needed",
                        max_length=8,
                    ),
                ),
                ("needed_at", models.DateTimeField()),
                (
                    "trace_number",
                    models.CharField(blank=True, max_length=15, null=True, unique=True),
                ),
                ("settlement_date", models.DateField(blank=True, null=True)),
                ("clears_on", models.DateField(blank=True, null=True)),
                ("return_code", models.CharField(blank=True, max_length=3)),
                ("returned_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PrenoteFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_date", models.DateField()),
                ("file_id_modifier", models.CharField(max_length=1)),
                ("effective_entry_date", models.DateField()),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("prenote_count", models.PositiveIntegerField()),
                ("sent_by_id", models.BigIntegerField(blank=True, null=True)),
                ("sent_by_name", models.CharField(max_length=200)),
                ("sent_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="returnline",
            name="capitation_returned_by_one_line",
        ),
        migrations.RemoveConstraint(
            model_name="returnline",
            name="capitation_applied_line_has_a_payment",
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="capitation.returnline",
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="contest_code",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name="payment",
            name="contested_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="dishonour_code",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name="payment",
            name="dishonoured_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="returnline",
            name="stated_code",
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AlterField(
            model_name="bankaccount",
            name="status",
            field=models.CharField(
                choices=[
                    ("proposed", "needs a second person"),
                    ("active", "active"),
                    ("replaced", "replaced"),
                    ("rejected", "rejected"),
                    ("refused", "refused by the bank"),
                ],
                default="proposed",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="returnline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("return", "return"),
                    ("change", "notice of change"),
                    ("dishonour", "our bank's refusal of a return"),
                    ("contest", "contest of that refusal"),
                    ("other", "neither a return nor a notice"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contested_at__isnull", True), ("dishonoured_at__isnull", True)),
                    models.Q(
                        ("dishonoured_at__isnull", False),
                        ("returned_at__isnull", False),
                        models.Q(("dishonour_code", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="capitation_dishonoured_was_returned",
            ),
        ),
        migrations.AddField(
            model_name="prenote",
            name="bank_account",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="prenote",
                to="capitation.bankaccount",
            ),
        ),
        migrations.AddField(
            model_name="returnline",
            name="prenote",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="return_lines",
                to="capitation.prenote",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "applied")),
                fields=("payment", "kind"),
                name="capitation_applied_by_one_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "applied")),
                fields=("prenote",),
                name="capitation_prenote_back_by_one_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "applied"), _negated=True),
                    models.Q(("kind", "return"), ("prenote__isnull", False)),
                    models.Q(
                        ("kind__in", ["return", "dishonour", "contest"]), ("payment__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="capitation_applied_line_has_what_it_is_about",
            ),
        ),
        migrations.AddConstraint(
            model_name="prenotefile",
            constraint=models.UniqueConstraint(
                fields=("file_date", "file_id_modifier"), name="capitation_prenote_file_once"
            ),
        ),
        migrations.AddField(
            model_name="prenote",
            name="file",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="prenotes",
                to="capitation.prenotefile",
            ),
        ),
        migrations.AddConstraint(
            model_name="prenote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "needed"),
                    models.Q(
                        ("clears_on__gt", models.F("settlement_date")),
                        ("file__isnull", False),
                        ("settlement_date__isnull", False),
                        ("trace_number__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="capitation_prenote_sent_has_a_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="prenote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "returned"), _negated=True),
                    models.Q(
                        ("returned_at__isnull", False), models.Q(("return_code", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="capitation_prenote_return_has_a_code",
            ),
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
