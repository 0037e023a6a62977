"""Lets pages of one person's events be counted and passed over without reading a row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0010_rare_events"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="accessevent", name="audit_access_actor"),
        migrations.RemoveIndex(model_name="domainevent", name="audit_event_actor"),
        migrations.AddIndex(
            model_name="accessevent",
            index=models.Index(
                fields=["actor_id", "at"], include=("id", "kind"), name="audit_access_of"
            ),
        ),
        migrations.AddIndex(
            model_name="domainevent",
            index=models.Index(fields=["actor_id", "at"], include=("id",), name="audit_event_of"),
        ),
    ]
