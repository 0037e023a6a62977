-- Lists stay as they were read, and none is deleted.
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_referencefile
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON purchasing_referencerow
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_referencefile
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_referencerow
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
