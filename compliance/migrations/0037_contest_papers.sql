-- A paper that came with an answer stays as it came.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_contestpaper
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_contestpaper
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
