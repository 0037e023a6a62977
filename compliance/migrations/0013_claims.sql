-- What came stays as it came, and steps are added; nothing of claims is deleted but by a purge.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_claimline
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_claimstep
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_claim
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_claimfile
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['claimfile', 'claim', 'claimline', 'claimstep'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
