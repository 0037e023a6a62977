-- Which packages went back stays as it was said.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON purchasing_returnedpackage
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_returnedpackage
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
