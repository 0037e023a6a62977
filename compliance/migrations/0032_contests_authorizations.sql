-- Rates and rules are added to; authorizations are superseded, and what was asked of a claim stays.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_interestrate
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_authorizationrule
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_authorization
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_claimcontest
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['interestrate', 'authorizationrule', 'authorization',
                                'claimcontest'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%s FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
