-- What a payee was told stays as it was told; a question is answered once.

CREATE FUNCTION capitation_dispute_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'open' OR NEW.status = 'open'
       OR to_jsonb(NEW) - '{status,answer,answered_by_id,answered_by_name,answered_at}'::text[]
          IS DISTINCT FROM
          to_jsonb(OLD) - '{status,answer,answered_by_id,answered_by_name,answered_at}'::text[] THEN
        RAISE EXCEPTION 'question % may only be answered, once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_statement
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_statement
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_statementposting
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_statementposting
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER stays BEFORE UPDATE ON capitation_dispute
    FOR EACH ROW EXECUTE FUNCTION capitation_dispute_stays();
CREATE TRIGGER refuse_delete BEFORE DELETE ON capitation_dispute
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_dispute
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
