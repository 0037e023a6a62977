-- An emergency access stays as it was; only its review is added, once.
CREATE FUNCTION identity_emergency_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['reviewed_by_id', 'reviewed_by_name', 'reviewed_at', 'review_text'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['reviewed_by_id', 'reviewed_by_name', 'reviewed_at', 'review_text'])
       OR OLD.reviewed_at IS NOT NULL THEN
        RAISE EXCEPTION 'emergency access % stays as it was', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON identity_emergencyaccess
    FOR EACH ROW EXECUTE FUNCTION identity_emergency_stays();
CREATE TRIGGER refuse_delete BEFORE DELETE ON identity_emergencyaccess
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON identity_emergencyaccess
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
