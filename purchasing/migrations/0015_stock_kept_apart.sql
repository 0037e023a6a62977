-- What came of a programme stays as it was recorded.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON purchasing_apartreceipt
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_apartreceipt
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
