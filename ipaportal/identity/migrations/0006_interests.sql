-- An interest ends once, and nothing else of it changes.
CREATE FUNCTION identity_interest_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text[] := '{ended_at,ended_by}';
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
       OR to_jsonb(NEW) - state IS DISTINCT FROM to_jsonb(OLD) - state THEN
        RAISE EXCEPTION 'interest % ends once, and never changes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ends_once BEFORE UPDATE ON identity_interest
    FOR EACH ROW EXECUTE FUNCTION identity_interest_ends_once();
CREATE TRIGGER kept BEFORE DELETE ON identity_interest
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON identity_interest
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
