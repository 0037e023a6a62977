-- A hold says once that it is released, a custodian when they were reminded and said yes.
CREATE FUNCTION compliance_hold_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    release text[] := '{released_at,released_by_id,released_by_name,release_reason}';
BEGIN
    IF OLD.released_at IS NOT NULL
       OR to_jsonb(NEW) - release IS DISTINCT FROM to_jsonb(OLD) - release THEN
        RAISE EXCEPTION 'legal hold % stays as it was', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON compliance_legalhold
    FOR EACH ROW EXECUTE FUNCTION compliance_hold_stays();

-- Nobody agrees to what they proposed, and everybody to the list that is there.
CREATE FUNCTION compliance_agrees_to_anothers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM compliance_purge
      WHERE id = NEW.purge_id AND status = 'proposed' AND items_sha256 = NEW.items_sha256
        AND proposed_by_id IS DISTINCT FROM NEW.approved_by_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'purge % is not for this person to agree to', NEW.purge_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER anothers BEFORE INSERT ON compliance_purgeapproval
    FOR EACH ROW EXECUTE FUNCTION compliance_agrees_to_anothers();

-- An item is decided once; purged only where two agreed and no hold in force covers it.
CREATE FUNCTION compliance_purges_by_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decision text[] := '{purged_at,spared_because,party_ids}';
    kind_ text;
BEGIN
    IF OLD.purged_at IS NOT NULL OR OLD.spared_because <> ''
       OR to_jsonb(NEW) - decision IS DISTINCT FROM to_jsonb(OLD) - decision THEN
        RAISE EXCEPTION 'item % of a purge is decided', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.purged_at IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT p.kind INTO kind_ FROM compliance_purge AS p
     WHERE p.id = NEW.purge_id AND p.status = 'approved'
       AND (SELECT count(DISTINCT a.approved_by_id) FROM compliance_purgeapproval AS a
             WHERE a.purge_id = p.id AND a.items_sha256 = p.items_sha256
               AND a.approved_by_id IS DISTINCT FROM p.proposed_by_id) >= 2;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'two others have not agreed to purge %', NEW.purge_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM FROM compliance_legalhold AS h
      WHERE h.released_at IS NULL
        AND (h.kinds = '{}' OR kind_ = ANY (h.kinds))
        AND (h.party_id IS NULL OR h.party_id = ANY (NEW.party_ids || OLD.party_ids))
        AND (h.practitioner_id IS NULL OR h.practitioner_id = NEW.practitioner_id);
    IF FOUND THEN
        RAISE EXCEPTION 'a legal hold covers item % of purge %', OLD.id, NEW.purge_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER by_rule BEFORE UPDATE ON compliance_purgeitem
    FOR EACH ROW EXECUTE FUNCTION compliance_purges_by_rule();

-- What says that something was kept or deleted is itself never deleted; nor are the rows of what
-- is purged: their bytes go, the row stays with its hash.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['compliance_legalhold', 'compliance_holdcustodian',
                                'compliance_purge', 'compliance_purgeapproval',
                                'compliance_purgeitem', 'capitation_planfile',
                                'credentialing_document', 'credentialing_roster',
                                'credentialing_planroster'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER kept BEFORE DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE OR REPLACE TRIGGER kept_whole BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
