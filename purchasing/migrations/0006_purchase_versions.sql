-- An order stays as it went out, and so does what an amendment changed; profiles are never deleted.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['purchaseversion', 'linechange'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_tradeprofile
        FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
    FOREACH name IN ARRAY ARRAY['purchaseversion', 'linechange', 'tradeprofile'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
