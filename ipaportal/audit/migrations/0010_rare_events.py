"""Finds what was refused and exported among millions of looks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0009_months"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="accessevent",
            index=models.Index(
                condition=models.Q(("kind", "view"), _negated=True),
                fields=["kind", "at"],
                name="audit_access_rare",
            ),
        ),
        migrations.AddIndex(
            model_name="domainevent",
            index=models.Index(
                condition=models.Q(("action", "audit.page.refused")),
                fields=["at"],
                name="audit_event_refused",
            ),
        ),
    ]
