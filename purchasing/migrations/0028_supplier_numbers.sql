-- What a supplier's number meant, and who said so, is never taken away.
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_suppliernumber
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_suppliernumber
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
