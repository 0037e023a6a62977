"""Checks: their register, what the bank was told and says, and payees paid by mail."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
UNDO = (
    "DROP TRIGGER stays ON capitation_check; DROP TRIGGER refuse_delete ON capitation_check;"
    "DROP TRIGGER refuse_truncate ON capitation_check;"
    + "".join(
        f"DROP TRIGGER refuse_change ON capitation_{table};"
        f"DROP TRIGGER refuse_truncate ON capitation_{table};"
        for table in ("checkbook", "clearedfile", "positivepayfile", "positivepayline")
    )
    + "DROP FUNCTION capitation_check_stays();"
)


class Migration(migrations.Migration):
    dependencies = [
        ("capitation", "0016_run_rows_of_the_stage"),
        ("identity", "0004_emergency_access"),
    ]

    operations = [
        migrations.CreateModel(
            name="Check",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("check_date", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("printed", "printed"),
                            ("cleared", "cleared"),
                            ("void", "void"),
                            ("stopped", "stopped"),
                        ],
                        default="printed",
                        max_length=7,
                    ),
                ),
                ("cleared_on", models.DateField(blank=True, null=True)),
                ("ended_on", models.DateField(blank=True, null=True)),
                ("ended_as", models.CharField(blank=True, max_length=7)),
            ],
            options={
                "ordering": ["-book", "-number"],
            },
        ),
        migrations.CreateModel(
            name="CheckBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_number", models.PositiveIntegerField()),
                ("opened_by_id", models.BigIntegerField(blank=True, null=True)),
                ("opened_by_name", models.CharField(max_length=200)),
                ("opened_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ClearedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("read_by_id", models.BigIntegerField(blank=True, null=True)),
                ("read_by_name", models.CharField(max_length=200)),
                ("read_at", models.DateTimeField()),
                ("cleared_count", models.PositiveIntegerField()),
                ("cleared_cents", models.BigIntegerField()),
                ("refused", models.JSONField(default=list)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PositivePayFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_date", models.DateField()),
                ("last_date", models.DateField()),
                ("layout", models.CharField(max_length=10)),
                ("sha256", models.CharField(max_length=64)),
                ("issued_count", models.PositiveIntegerField()),
                ("issued_cents", models.BigIntegerField()),
                ("void_count", models.PositiveIntegerField()),
                ("void_cents", models.BigIntegerField()),
                ("made_by_id", models.BigIntegerField(blank=True, null=True)),
                ("made_by_name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PositivePayLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=[("I", "issued"), ("V", "void")], max_length=1)),
            ],
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="mail_address",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="paymentbatch",
            name="method",
            field=models.CharField(
                choices=[("ach", "into accounts"), ("check", "by check")],
                default="ach",
                max_length=5,
            ),
        ),
        migrations.AlterField(
            model_name="bankaccount",
            name="account_type",
            field=models.CharField(
                choices=[
                    ("checking", "checking"),
                    ("savings", "savings"),
                    ("check", "check by mail"),
                ],
                default="checking",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account_type", "check"), _negated=True),
                    models.Q(
                        ("purpose", "payee"),
                        ("routing_number", "000000000"),
                        models.Q(("mail_address", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="capitation_check_has_an_address",
            ),
        ),
        migrations.AddField(
            model_name="check",
            name="payment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="check_paid_by",
                to="capitation.payment",
            ),
        ),
        migrations.AddField(
            model_name="checkbook",
            name="origin",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="check_book",
                to="capitation.bankaccount",
            ),
        ),
        migrations.AddField(
            model_name="check",
            name="book",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="capitation.checkbook",
            ),
        ),
        migrations.AddField(
            model_name="clearedfile",
            name="book",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cleared_files",
                to="capitation.checkbook",
            ),
        ),
        migrations.AddField(
            model_name="positivepayfile",
            name="book",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="positive_pay_files",
                to="capitation.checkbook",
            ),
        ),
        migrations.AddField(
            model_name="positivepayline",
            name="check_told",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="positive_pay_lines",
                to="capitation.check",
            ),
        ),
        migrations.AddField(
            model_name="positivepayline",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="capitation.positivepayfile",
            ),
        ),
        migrations.AddConstraint(
            model_name="check",
            constraint=models.UniqueConstraint(
                fields=("book", "number"), name="capitation_check_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="check",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "cleared"), ("cleared_on__isnull", True), _connector="XOR"
                ),
                name="capitation_check_cleared_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="check",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["void", "stopped"]), _negated=True),
                    models.Q(("ended_as", models.F("status")), ("ended_on__isnull", False)),
                    _connector="OR",
                ),
                name="capitation_check_ended_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="positivepayline",
            constraint=models.UniqueConstraint(
                fields=("check_told", "kind"), name="capitation_positive_pay_told_once"
            ),
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
