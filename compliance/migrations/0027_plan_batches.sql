-- What was sent to a plan, and what it answered, stay; a row says once what became of its claim.
CREATE FUNCTION compliance_row_is_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'sent' AND NEW.state <> OLD.state
       OR ROW(NEW.batch_id, NEW.claim_id, NEW.frequency)
          IS DISTINCT FROM ROW(OLD.batch_id, OLD.claim_id, OLD.frequency) THEN
        RAISE EXCEPTION 'row % was answered: send the claim again instead', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answered_once BEFORE UPDATE ON compliance_planbatchrow
    FOR EACH ROW EXECUTE FUNCTION compliance_row_is_answered_once();
CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_planbatchrow
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_planbatchrow
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['planbatch', 'plananswerfile'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON compliance_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
