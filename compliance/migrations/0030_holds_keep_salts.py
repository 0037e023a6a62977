"""Lets no salt of evidence be erased while a legal hold is in force, whoever asks."""

from django.db import migrations

RULE = """
-- A leaf says nothing of whom its event is about, so that every hold counts. The table of holds is
-- kept from change until the erasing is committed: a hold is placed before it, or after it.
CREATE FUNCTION compliance_holds_keep_salts() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    LOCK TABLE public.compliance_legalhold IN SHARE MODE;
    PERFORM FROM public.compliance_legalhold AS h WHERE h.released_at IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'a legal hold is in force: no salt is erased'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'legal_hold_keeps_salts';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_keeps BEFORE DELETE ON audit_salt
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_holds_keep_salts();
"""
UNDO = """
DROP TRIGGER hold_keeps ON audit_salt;
DROP FUNCTION compliance_holds_keep_salts();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0029_links_of_cases"),
        ("audit", "0012_one_person_by_page"),
    ]
    operations = [migrations.RunSQL(RULE, UNDO)]
