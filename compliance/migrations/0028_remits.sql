-- What a payer told stays as it came; of what was posted only the bank's side may still be said.
CREATE FUNCTION compliance_remit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := '{state,reason,words,due_on,owner_id,owner_name,posted_at,party_id,entry_id,deposit_id}';
BEGIN
    IF to_jsonb(NEW) - decided IS DISTINCT FROM to_jsonb(OLD) - decided
       OR (OLD.state <> 'waiting'
           AND to_jsonb(NEW) - 'deposit_id' IS DISTINCT FROM to_jsonb(OLD) - 'deposit_id')
       OR (OLD.deposit_id IS NOT NULL AND NEW.deposit_id IS DISTINCT FROM OLD.deposit_id) THEN
        RAISE EXCEPTION 'remittance % stays as it came, and as it was posted', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON compliance_remit
    FOR EACH ROW EXECUTE FUNCTION compliance_remit_stays();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['remitfile', 'remit', 'remitclaim'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE '
            'ON compliance_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['remitdeposit', 'remitstep'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON compliance_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['remitfile', 'remit', 'remitclaim', 'remitdeposit', 'remitstep']
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
