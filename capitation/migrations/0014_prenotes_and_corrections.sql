-- A prenote is sent once and comes back at most once; a bank may refuse the account it tested.
-- What banks said of a payment's return is added once, and nothing told before is lost.

CREATE OR REPLACE FUNCTION capitation_bank_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['status', 'decided_by_id', 'decided_by_name', 'decided_at',
                              'decision_text', 'usable_from', 'account_encrypted'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['status', 'decided_by_id', 'decided_by_name', 'decided_at',
                              'decision_text', 'usable_from', 'account_encrypted'])
       OR OLD.status IN ('replaced', 'rejected', 'refused') AND NEW.status <> OLD.status
       OR OLD.status = 'proposed' AND NEW.status NOT IN ('proposed', 'active', 'rejected')
       OR OLD.status = 'active' AND (
           NEW.status NOT IN ('active', 'replaced', 'refused')
           OR (NEW.decided_by_id, NEW.decided_at, NEW.usable_from)
              IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_at, OLD.usable_from)
       ) THEN
        RAISE EXCEPTION 'bank account % is not edited: propose another', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

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
              (OLD.paid_after_all_at, OLD.paid_after_all_by_id, OLD.paid_after_all_text)
       OR OLD.returned_at IS NOT NULL AND (NEW.returned_at, NEW.return_code)
          IS DISTINCT FROM (OLD.returned_at, OLD.return_code)
       OR OLD.dishonoured_at IS NOT NULL AND (NEW.dishonoured_at, NEW.dishonour_code)
          IS DISTINCT FROM (OLD.dishonoured_at, OLD.dishonour_code)
       OR OLD.contested_at IS NOT NULL AND (NEW.contested_at, NEW.contest_code)
          IS DISTINCT FROM (OLD.contested_at, OLD.contest_code) THEN
        RAISE EXCEPTION 'payment % stays as it was prepared', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status || '>' || NEW.status) NOT IN (
        'prepared>released', 'prepared>void', 'released>settled', 'released>returned',
        'released>void', 'settled>returned')
       AND NOT (OLD.status = 'void' AND NEW.status = 'settled'
                AND OLD.paid_after_all_at IS NULL AND NEW.paid_after_all_at IS NOT NULL)
       AND NOT (OLD.status = 'returned' AND NEW.status = 'settled'
                AND OLD.dishonoured_at IS NULL AND NEW.dishonoured_at IS NOT NULL) THEN
        RAISE EXCEPTION 'payment % cannot become % from %', OLD.id, NEW.status, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION capitation_prenote_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.bank_account_id, NEW.needed_at)
       IS DISTINCT FROM (OLD.id, OLD.bank_account_id, OLD.needed_at)
       OR OLD.status <> 'needed'
          AND (NEW.file_id, NEW.trace_number, NEW.settlement_date, NEW.clears_on)
              IS DISTINCT FROM
              (OLD.file_id, OLD.trace_number, OLD.settlement_date, OLD.clears_on)
       OR OLD.status = 'returned'
       OR NEW.status <> OLD.status
          AND (OLD.status || '>' || NEW.status) NOT IN ('needed>sent', 'sent>returned') THEN
        RAISE EXCEPTION 'prenote % is sent once and comes back once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays BEFORE UPDATE ON capitation_prenote
    FOR EACH ROW EXECUTE FUNCTION capitation_prenote_stays();
CREATE TRIGGER refuse_delete BEFORE DELETE ON capitation_prenote
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_prenote
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_prenotefile
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_prenotefile
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_bankagreement
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_bankagreement
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
