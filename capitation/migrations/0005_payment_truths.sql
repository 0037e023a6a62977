-- What is paid to whom stays as it was prepared; only what happened to it is added.

-- A bank account is never edited: it is decided on once, and replaced by another.
CREATE FUNCTION capitation_bank_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['status', 'decided_by_id', 'decided_by_name', 'decided_at',
                              'decision_text', 'usable_from', 'account_encrypted'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['status', 'decided_by_id', 'decided_by_name', 'decided_at',
                              'decision_text', 'usable_from', 'account_encrypted'])
       OR OLD.status IN ('replaced', 'rejected') AND NEW.status <> OLD.status
       OR OLD.status = 'active' AND (
           NEW.status NOT IN ('active', 'replaced')
           OR (NEW.decided_by_id, NEW.decided_at, NEW.usable_from)
              IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_at, OLD.usable_from)
       ) THEN
        RAISE EXCEPTION 'bank account % is not edited: propose another', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION capitation_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.batch_id, NEW.party_id, NEW.bank_account_id, NEW.amount_cents, NEW.reissues_id)
       IS DISTINCT FROM
       (OLD.id, OLD.batch_id, OLD.party_id, OLD.bank_account_id, OLD.amount_cents, OLD.reissues_id)
       OR OLD.trace_number IS NOT NULL AND NEW.trace_number IS DISTINCT FROM OLD.trace_number THEN
        RAISE EXCEPTION 'payment % stays as it was prepared', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status || '>' || NEW.status) NOT IN (
        'prepared>released', 'prepared>void', 'released>settled', 'released>returned',
        'released>void', 'settled>returned') THEN
        RAISE EXCEPTION 'payment % cannot become % from %', OLD.id, NEW.status, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION capitation_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'prepared'
       OR (NEW.id, NEW.prepared_by_id, NEW.prepared_at, NEW.total_cents, NEW.payment_count,
           NEW.skipped, NEW.digest)
          IS DISTINCT FROM
          (OLD.id, OLD.prepared_by_id, OLD.prepared_at, OLD.total_cents, OLD.payment_count,
           OLD.skipped, OLD.digest) THEN
        RAISE EXCEPTION 'payment batch % may only be released or cancelled, once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays BEFORE UPDATE ON capitation_bankaccount
    FOR EACH ROW EXECUTE FUNCTION capitation_bank_account_stays();
CREATE TRIGGER stays BEFORE UPDATE ON capitation_payment
    FOR EACH ROW EXECUTE FUNCTION capitation_payment_stays();
CREATE TRIGGER stays BEFORE UPDATE ON capitation_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION capitation_batch_stays();
CREATE TRIGGER refuse_delete BEFORE DELETE ON capitation_bankaccount
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON capitation_payment
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON capitation_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_bankaccount
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_payment
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_paymentbatch
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
