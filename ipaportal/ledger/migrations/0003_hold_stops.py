"""A hold may stop bonuses only; what stood before stops everything, and none changes its mind."""

from pathlib import Path

from django.db import migrations, models

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
UNDO = (Path(__file__).parent / "0003_hold_stops_undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_truths")]
    operations = [
        migrations.AddField(
            model_name="hold",
            name="stops",
            field=models.CharField(
                choices=[("all", "everything"), ("bonus", "bonuses only")],
                db_default="all",
                default="all",
                max_length=5,
            ),
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
