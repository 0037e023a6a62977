-- A complaint is recorded once and closed once; what it says never changes.
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_complaint
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('outcome closed_at closed_by_name');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_complaint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
