-- Who might buy under which contract, and since when, is never taken away.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contractreach', 'eligibility'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
