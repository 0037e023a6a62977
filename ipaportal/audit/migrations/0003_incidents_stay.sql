-- What an incident says stays; closing it is the one change, and it is made once.
CREATE FUNCTION audit_incident_closes_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL
       OR (NEW.id, NEW.opened_at, NEW.name, NEW.details)
          IS DISTINCT FROM (OLD.id, OLD.opened_at, OLD.name, OLD.details) THEN
        RAISE EXCEPTION 'audit_incident is append-only: only an open one may be closed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER close_once BEFORE UPDATE ON audit_incident
    FOR EACH ROW EXECUTE FUNCTION audit_incident_closes_once();
CREATE TRIGGER refuse_delete BEFORE DELETE ON audit_incident
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit_incident
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
