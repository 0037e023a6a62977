-- What a screening came to and what somebody decided stays as it was written.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON credentialing_screeningresult
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_screeningresult
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON credentialing_screeningdecision
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_screeningdecision
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Of a row of a list only the version that no longer has it is written, once.
CREATE FUNCTION credentialing_list_row_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.gone_version_id IS NOT NULL
       OR to_jsonb(OLD) - 'gone_version_id' IS DISTINCT FROM to_jsonb(NEW) - 'gone_version_id' THEN
        RAISE EXCEPTION 'row % of an exclusion list stays as it was published', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON credentialing_listentry
    FOR EACH ROW EXECUTE FUNCTION credentialing_list_row_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_listentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- A match stays; what it says follows the runs, what it is about never changes.
CREATE FUNCTION credentialing_match_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (OLD.subject_key, OLD.list_key, OLD.entry_hash, OLD.first_run_id)
          IS DISTINCT FROM (NEW.subject_key, NEW.list_key, NEW.entry_hash, NEW.first_run_id) THEN
        RAISE EXCEPTION 'match % stays about whom it is', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON credentialing_screeningmatch
    FOR EACH ROW EXECUTE FUNCTION credentialing_match_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_screeningmatch
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
