"""Finds the leaf of an event without reading them all: packets prove a few events of millions."""

from django.db import migrations

INDEX = "CREATE INDEX audit_leaf_key ON audit_leaf (key)"


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_shredding_leaves_a_record")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX audit_leaf_key")]
