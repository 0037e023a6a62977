-- A code that was recorded stays: a later row supersedes it.
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_packcode
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_packcode
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
