"""Further numbers and MBIs of members; payments remembered; what repeats stands open once."""

from pathlib import Path

from django.db import migrations, models
from django.db.models.deletion import PROTECT

CARRY_OVER = Path(__file__).with_suffix(".sql").read_text()
REFUSE = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_planpayment
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_planpayment
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER supersede_once BEFORE UPDATE OR DELETE ON capitation_memberidentifier
    FOR EACH ROW EXECUTE FUNCTION capitation_supersede_once();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_memberidentifier
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
ALLOW = """
DROP TRIGGER refuse_change ON capitation_planpayment;
DROP TRIGGER refuse_truncate ON capitation_planpayment;
DROP TRIGGER supersede_once ON capitation_memberidentifier;
DROP TRIGGER refuse_truncate ON capitation_memberidentifier;
"""
KINDS = [
    ("pcp", "PCP not in the network"),
    ("member", "member not known"),
    ("row", "row could not be read"),
    ("identity", "number and MBI do not agree"),
]

ID = (
    "id",
    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
)


def to(model: str, name: str = "+", **more: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=PROTECT, related_name=name, to=f"capitation.{model}", **more)


IDENTIFIER = migrations.CreateModel(
    name="MemberIdentifier",
    fields=[
        ID,
        ("effective_date", models.DateField()),
        ("end_date", models.DateField(blank=True, null=True)),
        ("fact_no", models.BigIntegerField()),
        ("superseded_no", models.BigIntegerField(blank=True, null=True)),
        ("recorded_at", models.DateTimeField()),
        ("superseded_at", models.DateTimeField(blank=True, null=True)),
        ("member", to("member", "%(class)s_facts")),
        ("file", to("planfile", null=True)),
        ("line_no", models.IntegerField(null=True)),
        ("payer", to("payer")),
        (
            "number",
            models.CharField(blank=True, max_length=40, verbose_name="plan's member number"),
        ),
        ("mbi_index", models.BinaryField(default=b"", max_length=32)),
        ("recorded_by", models.CharField(blank=True, max_length=200)),
    ],
    options={
        "indexes": [
            models.Index(fields=["payer", "number"], name="capitation_identifier_number"),
            models.Index(fields=["payer", "mbi_index"], name="capitation_identifier_mbi"),
        ],
        "constraints": [
            models.UniqueConstraint(
                condition=models.Q(superseded_no__isnull=True),
                fields=("member", "number", "mbi_index"),
                name="capitation_identifier_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(mbi_index=b"", number=""),
                name="capitation_identifier_says_something",
            ),
        ],
    },
)
PAYMENT = migrations.CreateModel(
    name="PlanPayment",
    fields=[
        ID,
        ("payer", to("payer")),
        ("file", to("planfile", "payments")),
        ("transaction_no", models.IntegerField()),
        ("trace_number", models.CharField(blank=True, max_length=128)),
        ("amount_cents", models.BigIntegerField(null=True)),
        ("is_notice", models.BooleanField(default=False)),
        ("payment_date", models.DateField(null=True)),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(
                condition=~models.Q(trace_number=""),
                fields=("payer", "trace_number"),
                name="capitation_trace_once",
            ),
            models.UniqueConstraint(
                fields=("file", "transaction_no"), name="capitation_plan_payment_once"
            ),
        ]
    },
)


class Migration(migrations.Migration):
    dependencies = [("capitation", "0008_run_row_filters")]
    operations = [
        IDENTIFIER,
        PAYMENT,
        migrations.AddField(
            "remittanceline", "mbi_index", models.BinaryField(max_length=32, null=True)
        ),
        migrations.AddIndex(
            "remittanceline",
            models.Index(
                condition=models.Q(mbi_index__isnull=False),
                fields=["mbi_index"],
                name="capitation_line_mbi",
            ),
        ),
        migrations.AlterField(
            "unmatchedrow", "kind", models.CharField(choices=KINDS, max_length=10)
        ),
        migrations.AddField("unmatchedrow", "payer", to("payer", null=True)),
        migrations.AddField("unmatchedrow", "key", models.CharField(blank=True, max_length=200)),
        migrations.AddField("unmatchedrow", "last_file", to("planfile", blank=True, null=True)),
        migrations.AddField(
            "unmatchedrow", "last_seen_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField("unmatchedrow", "files", models.IntegerField(default=1)),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.AlterField("unmatchedrow", "payer", to("payer")),
        migrations.AddConstraint(
            "unmatchedrow",
            models.UniqueConstraint(
                condition=models.Q(kind__in=["pcp", "identity"], resolved_at__isnull=True),
                fields=("payer", "kind", "member", "key"),
                name="capitation_unmatched_once",
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
