-- What others decided is kept as it came; a corrected line takes its place.
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_earlierdecision
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('superseded_at');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_earlierdecision
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
