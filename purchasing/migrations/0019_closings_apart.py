"""Moves what closed orders froze of each office out of a row that practices may read."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__)


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0018_closings")]

    operations = [
        migrations.RunSQL(
            HERE.with_suffix(".sql").read_text(),
            HERE.with_name("0019_closings_together.sql").read_text(),
        ),
    ]
