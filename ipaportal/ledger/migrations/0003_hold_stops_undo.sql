-- A hold ends once; nothing else of it changes.
CREATE OR REPLACE FUNCTION ledger_hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
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
