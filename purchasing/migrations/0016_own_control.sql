-- What a practice allowed itself, who was asked and what was refused is never taken away.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['buyingcontrol', 'budget', 'commitmentrequest'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON purchasing_gaterefusal
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_gaterefusal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
