"""Events and batches of facts are append-only."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""
TABLES = ("audit_domainevent", "audit_accessevent", "audit_factbatch")


def protect(table: str) -> str:
    return f"""
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""


def unprotect(table: str) -> str:
    return f"DROP TRIGGER refuse_truncate ON {table}; DROP TRIGGER refuse_change ON {table};"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION audit_refuse_change()"),
        *[migrations.RunSQL(protect(table), unprotect(table)) for table in TABLES],
    ]
