-- A number of the register is used once: printed, then cleared, void or stopped; a check that was
-- made void clears only if the bank paid it after all. What the bank was told stays told.

CREATE FUNCTION capitation_check_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.book_id, NEW.number, NEW.payment_id, NEW.check_date)
       IS DISTINCT FROM (OLD.id, OLD.book_id, OLD.number, OLD.payment_id, OLD.check_date)
       OR OLD.cleared_on IS NOT NULL
       OR OLD.ended_on IS NOT NULL
          AND (NEW.ended_on, NEW.ended_as) IS DISTINCT FROM (OLD.ended_on, OLD.ended_as)
       OR NEW.status <> OLD.status AND (OLD.status || '>' || NEW.status) NOT IN (
           'printed>cleared', 'printed>void', 'printed>stopped', 'void>cleared',
           'stopped>cleared') THEN
        RAISE EXCEPTION 'check % stays as it was printed', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays BEFORE UPDATE ON capitation_check
    FOR EACH ROW EXECUTE FUNCTION capitation_check_stays();
CREATE TRIGGER refuse_delete BEFORE DELETE ON capitation_check
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_check
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_checkbook
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_checkbook
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_clearedfile
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_clearedfile
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_positivepayfile
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_positivepayfile
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_positivepayline
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_positivepayline
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
