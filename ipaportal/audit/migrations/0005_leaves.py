"""Lets events leave salted digests, and keeps the tree they are sealed into; see the SQL beside."""

from pathlib import Path

from django.db import migrations

UNDO = """
DROP FUNCTION audit_disagreements();
DROP FUNCTION audit_take_step(text, text, jsonb);
DROP FUNCTION audit_witness_all();
DROP FUNCTION audit_unwitnessed();
DROP FUNCTION audit_witness(text);
DROP FUNCTION audit_payloads(audit_source);
DROP FUNCTION audit_columns(text[]);
DROP TABLE audit_checkpointmail, audit_checkpoint, audit_node, audit_sealedleaf, audit_step,
    audit_source, audit_salt, audit_leaf;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_find_who_and_whom")]
    operations = [
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"), UNDO)
    ]
