"""What a plan stated and how it was matched is never changed; facts are superseded once."""

from django.db import migrations

APPEND_ONLY = ("capitation_remittanceline", "capitation_receipt", "capitation_premium")
FACTS = (
    "capitation_terms",
    "capitation_memberprofile",
    "capitation_coveragespan",
    "capitation_pcpassignment",
    "capitation_memberstatus",
    "capitation_riskscore",
    "credentialing_participation",
)

# A fact may change once, and only by being superseded. A generated column (pair_key) is not yet
# computed before the row is written, so it is left out of the comparison.
SUPERSEDE_ONCE = """
CREATE FUNCTION capitation_supersede_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.superseded_no IS NOT NULL OR NEW.superseded_no IS NULL
       OR to_jsonb(OLD) - '{superseded_no,superseded_at,pair_key}'::text[]
          IS DISTINCT FROM to_jsonb(NEW) - '{superseded_no,superseded_at,pair_key}'::text[] THEN
        RAISE EXCEPTION 'a fact in % is corrected by superseding it and adding a row',
            TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def refuse(table: str) -> str:
    return f"""
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""


def supersede_once(table: str) -> str:
    return f"""
CREATE TRIGGER supersede_once BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION capitation_supersede_once();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("capitation", "0002_run_rows"), ("credentialing", "0001_initial")]
    operations = [
        migrations.RunSQL(SUPERSEDE_ONCE, "DROP FUNCTION capitation_supersede_once()"),
        *[
            migrations.RunSQL(
                refuse(table),
                f"DROP TRIGGER refuse_truncate ON {table}; DROP TRIGGER refuse_change ON {table}",
            )
            for table in APPEND_ONLY
        ],
        *[
            migrations.RunSQL(
                supersede_once(table),
                f"DROP TRIGGER refuse_truncate ON {table}; DROP TRIGGER supersede_once ON {table}",
            )
            for table in FACTS
        ],
    ]
