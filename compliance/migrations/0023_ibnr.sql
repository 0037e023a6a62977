-- An estimate, and that somebody took it, stay as they were.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ibnrestimate', 'ibnracceptance'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON compliance_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
