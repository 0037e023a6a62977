"""Lets a library say whether it is the portal's own, whose next version comes by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0018_audit_rooms")]

    operations = [
        migrations.AddField(
            model_name="obligationlibrary",
            name="is_shipped",
            field=models.BooleanField(default=False),
        ),
    ]
