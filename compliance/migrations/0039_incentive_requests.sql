-- What somebody asked stays; what they were given is written once, and stays as it was.
CREATE FUNCTION compliance_given_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given text[] := '{given,given_sha256,given_at,given_by_name,given_how}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.given_at IS NOT NULL
       OR to_jsonb(OLD) - given IS DISTINCT FROM to_jsonb(NEW) - given THEN
        RAISE EXCEPTION 'what was given to whoever asked stays as it was'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER given_once BEFORE UPDATE OR DELETE ON compliance_incentiverequest
    FOR EACH ROW EXECUTE FUNCTION compliance_given_once();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_incentiverequest
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
