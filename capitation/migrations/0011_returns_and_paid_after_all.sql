-- What a bank's file said stays; a line of it is applied or closed once. A payment made void may
-- be settled after all, once, by whoever says so; nothing that was told of it before is lost.

CREATE OR REPLACE FUNCTION capitation_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.batch_id, NEW.party_id, NEW.bank_account_id, NEW.amount_cents, NEW.reissues_id)
       IS DISTINCT FROM
       (OLD.id, OLD.batch_id, OLD.party_id, OLD.bank_account_id, OLD.amount_cents, OLD.reissues_id)
       OR OLD.trace_number IS NOT NULL AND NEW.trace_number IS DISTINCT FROM OLD.trace_number
       OR OLD.voided_at IS NOT NULL AND (NEW.voided_at, NEW.voided_by_id, NEW.void_text)
          IS DISTINCT FROM (OLD.voided_at, OLD.voided_by_id, OLD.void_text)
       OR OLD.paid_after_all_at IS NOT NULL
          AND (NEW.paid_after_all_at, NEW.paid_after_all_by_id, NEW.paid_after_all_text)
              IS DISTINCT FROM
              (OLD.paid_after_all_at, OLD.paid_after_all_by_id, OLD.paid_after_all_text) THEN
        RAISE EXCEPTION 'payment % stays as it was prepared', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status || '>' || NEW.status) NOT IN (
        'prepared>released', 'prepared>void', 'released>settled', 'released>returned',
        'released>void', 'settled>returned')
       AND NOT (OLD.status = 'void' AND NEW.status = 'settled'
                AND OLD.paid_after_all_at IS NULL AND NEW.paid_after_all_at IS NOT NULL) THEN
        RAISE EXCEPTION 'payment % cannot become % from %', OLD.id, NEW.status, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION capitation_return_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['state', 'decided_by_id', 'decided_by_name', 'decided_at',
                              'decision_text', 'corrected_encrypted'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'decided_by_id', 'decided_by_name', 'decided_at',
                              'decision_text', 'corrected_encrypted'])
       OR OLD.state <> 'waiting' AND (NEW.state, NEW.decided_by_id, NEW.decided_at,
                                      NEW.decision_text)
          IS DISTINCT FROM (OLD.state, OLD.decided_by_id, OLD.decided_at, OLD.decision_text) THEN
        RAISE EXCEPTION 'line % of the bank stays as it came, and is decided on once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays BEFORE UPDATE ON capitation_returnline
    FOR EACH ROW EXECUTE FUNCTION capitation_return_line_stays();
CREATE TRIGGER refuse_delete BEFORE DELETE ON capitation_returnline
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_returnline
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_returnfile
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_returnfile
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
