-- Reminders are only added; what stands in for a renewal ends once, a suspension is lifted once.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON credentialing_expirablenotice
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_allowance
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('ended_at ended_by_name');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_suspension
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'lifted_at lifted_by_name lift_text');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_expirablenotice
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_allowance
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_suspension
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
