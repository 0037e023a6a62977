-- What a practice signed is ended, and never taken away.
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_feeaddendum
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_feeaddendum
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
