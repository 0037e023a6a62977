"""A run's tables lie in a schema of their own; its partitions are taken from there by the owner."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).resolve().parent
STAGED = HERE.joinpath("0016_run_rows_of_the_stage.sql").read_text()
BEFORE = HERE.joinpath("0002_run_rows.sql").read_text()
ATTACH = "CREATE FUNCTION capitation_attach_partition"
BACK = "CREATE OR REPLACE FUNCTION" + BEFORE[BEFORE.index(ATTACH) :].removeprefix("CREATE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("capitation", "0015_watched_folder")]
    operations = [migrations.RunSQL(STAGED, BACK + "DROP SCHEMA stage CASCADE;")]
