"""Makers of a run: facts found by the month they begin or end in; the rule lies in the `.sql`."""

from pathlib import Path

from django.db import migrations, models

RULE = Path(__file__).with_suffix(".sql").read_text()
UNDO = """
DROP FUNCTION capitation_run_makers(bigint);
DROP FUNCTION capitation_window_end(bigint, date, bigint);
DROP FUNCTION capitation_recorded_ahead(text, text[], text, bigint, bigint, bigint, date, date);
"""
LANES = (
    ("coveragespan", "coverage", ["contract"]),
    ("pcpassignment", "pcp", []),
    ("memberstatus", "status", []),
    ("riskscore", "risk", []),
)


def span_index(model: str, name: str, fields: list[str], **more: object) -> migrations.AddIndex:
    return migrations.AddIndex(model, models.Index(fields=[*fields, "fact_no"], name=name, **more))


class Migration(migrations.Migration):
    dependencies = [
        ("capitation", "0008_run_row_filters"),
        ("audit", "0002_append_only"),
        ("credentialing", "0001_initial"),
    ]
    # Written at the same time: the later number comes after this one.
    run_before = [("capitation", "0010_identities_and_payments")]
    operations = [
        *(
            span_index(model, f"capitation_{name}_starts", [*first, "effective_date"])
            for model, name, first in LANES
        ),
        *(
            span_index(
                model,
                f"capitation_{name}_ends",
                [*first, "end_date"],
                condition=models.Q(end_date__isnull=False),
            )
            for model, name, first in LANES
        ),
        migrations.RemoveIndex("receipt", "capitation_receipt_month"),
        span_index("receipt", "capitation_receipt_month", ["contract", "coverage_month"]),
        span_index("premium", "capitation_premium_month", ["contract", "coverage_month"]),
        migrations.RunSQL(RULE, UNDO),
    ]
