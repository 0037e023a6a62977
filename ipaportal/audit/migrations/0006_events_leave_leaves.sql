-- Events leave leaves; an incident leaves one when it is opened and one when it is closed.
SELECT audit_witness(name)
FROM unnest(ARRAY['audit_domainevent', 'audit_accessevent', 'audit_step']) AS name;

CREATE FUNCTION audit_incident_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    PERFORM public.audit_take_step(
        CASE TG_OP WHEN 'INSERT' THEN 'audit.incident.opened' ELSE 'audit.incident.closed' END,
        NEW.id::text, to_jsonb(NEW));
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION audit_incident_steps() FROM PUBLIC;
CREATE TRIGGER steps AFTER INSERT OR UPDATE ON audit_incident
    FOR EACH ROW EXECUTE FUNCTION audit_incident_steps();
SELECT audit_take_step('audit.incident.opened', id::text, to_jsonb(i)) FROM audit_incident AS i;
