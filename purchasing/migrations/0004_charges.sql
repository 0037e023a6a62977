-- What was taken stays as it was taken; a charge is disputed and settled once, and never deleted.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['nettingrun', 'netline'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['nettingrun', 'netline', 'charge'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_charge
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
