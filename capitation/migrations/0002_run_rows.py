"""The partitioned row tables of runs, and the functions that make and attach their partitions."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()

UNDO = """
DROP FUNCTION capitation_attach_partition(bigint, text, text);
DROP FUNCTION capitation_drop_partitions(bigint);
DROP TABLE capitation_share;
DROP TABLE capitation_waterfall;
DROP FUNCTION capitation_why_nothing(text, text, bigint, text, numeric, text, boolean, numeric, text);
DROP FUNCTION capitation_provider_cents(text, bigint, bigint, numeric, numeric, int, int);
DROP FUNCTION capitation_step(boolean, text, bigint, bigint, int, int);
DROP FUNCTION capitation_whole(text, numeric);
DROP FUNCTION capitation_percent(bigint, bigint);
DROP FUNCTION capitation_round_div(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("capitation", "0001_initial"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(SQL, UNDO)]
