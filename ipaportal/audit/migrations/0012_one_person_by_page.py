"""Lets pages of one person's looks be sorted by page without reading a row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0011_one_person_by_index")]

    operations = [
        migrations.AddIndex(
            model_name="accessevent",
            index=models.Index(
                fields=["actor_id", "at"],
                include=("id", "kind", "view_name"),
                name="audit_access_by_one",
            ),
        ),
        migrations.RemoveIndex(model_name="accessevent", name="audit_access_of"),
    ]
