-- A batch is decided once, and keeps what came; a fact is superseded once and never edited.
CREATE FUNCTION compliance_care_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text[] := '{status,figures,refused,decided_at,decided_by_id,decided_by_name}';
BEGIN
    IF OLD.status <> 'waiting' OR NEW.status = 'waiting'
       OR to_jsonb(NEW) - state IS DISTINCT FROM to_jsonb(OLD) - state THEN
        RAISE EXCEPTION 'care facts % stay as they were decided', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON compliance_carebatch
    FOR EACH ROW EXECUTE FUNCTION compliance_care_batch_stays();

CREATE FUNCTION compliance_care_fact_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.superseded_at IS NOT NULL OR NEW.superseded_at IS NULL
       OR to_jsonb(NEW) - 'superseded_at' IS DISTINCT FROM to_jsonb(OLD) - 'superseded_at' THEN
        RAISE EXCEPTION 'care fact % is superseded once, and never edited', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ends_once BEFORE UPDATE ON compliance_carefact
    FOR EACH ROW EXECUTE FUNCTION compliance_care_fact_ends_once();

-- A PCP does not review the care of the PCP's own members.
CREATE FUNCTION compliance_reviews_anothers_care() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM compliance_careconcern AS c
       JOIN credentialing_practitioner AS p ON p.id = c.practitioner_id
      WHERE c.id = NEW.concern_id AND p.user_id = NEW.reviewed_by_id;
    IF FOUND THEN
        RAISE EXCEPTION 'concern % is about who reviews it', NEW.concern_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER anothers BEFORE INSERT ON compliance_carereview
    FOR EACH ROW EXECUTE FUNCTION compliance_reviews_anothers_care();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['careround', 'carepanel', 'carereading', 'careconcern',
                                'carereview'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['carebatch', 'carefact'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['carebatch', 'carefact', 'careround', 'carepanel', 'carereading',
                                'careconcern', 'carereview'] LOOP
        EXECUTE format('CREATE TRIGGER kept_whole BEFORE TRUNCATE ON compliance_%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
