-- What an auditor marked stays: a later mark stands beside it.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON credentialing_auditmark
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_auditmark
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
