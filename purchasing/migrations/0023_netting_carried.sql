-- What a taking left, and why, stays as it was said then.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON purchasing_netcarried
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_netcarried
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
