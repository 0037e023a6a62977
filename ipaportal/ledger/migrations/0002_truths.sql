-- What must hold of the books whoever writes to them, a careless script included.

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps every row as it was booked: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

-- An entry begins pending, so that its balance is checked at one place only.
CREATE FUNCTION ledger_entry_begins_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'pending' THEN
        RAISE EXCEPTION 'entry % must begin pending, not %', NEW.key, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Only pending -> posted and pending -> void. The balance is checked once, here: a check on each
-- posting would cost the square of their number.
CREATE FUNCTION ledger_entry_changes_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total numeric;
    lines bigint;
BEGIN
    IF OLD.status <> 'pending' THEN
        RAISE EXCEPTION 'entry % is % and stays as it is', OLD.key, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'pending'
       OR (NEW.id, NEW.key, NEW.date, NEW.description, NEW.reverses_id, NEW.for_month,
           NEW.actor_id, NEW.actor_name, NEW.created_at)
          IS DISTINCT FROM
          (OLD.id, OLD.key, OLD.date, OLD.description, OLD.reverses_id, OLD.for_month,
           OLD.actor_id, OLD.actor_name, OLD.created_at) THEN
        RAISE EXCEPTION 'entry % may only be posted or made void', OLD.key
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'posted' THEN
        SELECT coalesce(sum(amount_cents), 0), count(*) INTO total, lines
        FROM ledger_posting WHERE entry_id = OLD.id;
        IF total <> 0 OR lines < 2 THEN
            RAISE EXCEPTION 'entry % does not balance: % lines, % cents over', OLD.key, lines, total
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.reverses_id IS NOT NULL THEN
            PERFORM ledger_check_reversal(OLD.id, OLD.key, OLD.reverses_id);
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- A reversal takes back a posted entry whole, account by account.
CREATE FUNCTION ledger_check_reversal(reversal_id bigint, reversal_key text, original_id bigint)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entry WHERE id = original_id AND status = 'posted') THEN
        RAISE EXCEPTION 'entry % reverses one that is not posted', reversal_key
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT account_id FROM ledger_posting WHERE entry_id IN (reversal_id, original_id)
        GROUP BY account_id HAVING sum(amount_cents) <> 0
    ) THEN
        RAISE EXCEPTION 'entry % does not take back what it reverses, account by account',
            reversal_key USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- FOR SHARE waits for whoever is posting the entry and makes whoever posts it next wait for us;
-- the foreign key's own lock does neither.
CREATE FUNCTION ledger_postings_go_to_pending() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry record;
BEGIN
    FOR entry IN
        SELECT key, status FROM ledger_entry
        WHERE id IN (SELECT entry_id FROM added) ORDER BY id FOR SHARE
    LOOP
        IF entry.status <> 'pending' THEN
            RAISE EXCEPTION 'entry % is %: no posting can be added', entry.key, entry.status
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- A hold ends once; nothing else of it changes.
CREATE FUNCTION ledger_hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
       OR (NEW.id, NEW.party_id, NEW.reason, NEW.text, NEW.source, NEW.placed_by_id,
           NEW.placed_by_name, NEW.placed_at)
          IS DISTINCT FROM
          (OLD.id, OLD.party_id, OLD.reason, OLD.text, OLD.source, OLD.placed_by_id,
           OLD.placed_by_name, OLD.placed_at) THEN
        RAISE EXCEPTION 'hold % may only be released, once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER begins_pending BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_begins_pending();
CREATE TRIGGER changes_once BEFORE UPDATE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_changes_once();
CREATE TRIGGER refuse_delete BEFORE DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER go_to_pending AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_go_to_pending();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- An account means the same for ever: its postings would change hands otherwise.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER ends_once BEFORE UPDATE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_hold_ends_once();
CREATE TRIGGER refuse_delete BEFORE DELETE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON ledger_hold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
