-- Recalls and what practices were told of them are never deleted.
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_recall
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_recallnotice
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_recall
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_recallnotice
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
