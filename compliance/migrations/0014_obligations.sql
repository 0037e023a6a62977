-- An obligation is superseded once, and nothing else of it changes.
CREATE FUNCTION compliance_obligation_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.superseded_at IS NOT NULL OR NEW.superseded_at IS NULL
       OR to_jsonb(NEW) - 'superseded_at' IS DISTINCT FROM to_jsonb(OLD) - 'superseded_at' THEN
        RAISE EXCEPTION 'obligation % is superseded once, and never edited', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ends_once BEFORE UPDATE ON compliance_obligation
    FOR EACH ROW EXECUTE FUNCTION compliance_obligation_ends_once();

-- Whoever recorded evidence does not judge it; what is judged is the control's own evidence, and
-- nobody's word stands for what the portal asks itself.
CREATE FUNCTION compliance_judges_anothers_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM compliance_control WHERE id = NEW.control_id AND how = 'question')
       OR NEW.evidence_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM compliance_evidence AS e
           WHERE e.id = NEW.evidence_id AND e.control_id = NEW.control_id
             AND e.recorded_by_id IS DISTINCT FROM NEW.answered_by_id) THEN
        RAISE EXCEPTION 'control % is not for this person to judge by that', NEW.control_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER anothers BEFORE INSERT ON compliance_controlanswer
    FOR EACH ROW EXECUTE FUNCTION compliance_judges_anothers_evidence();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['obligationlibrary', 'obligationcontrol', 'evidence',
                                'controlanswer'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['obligation', 'control'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['obligationlibrary', 'obligation', 'obligationcontrol', 'control',
                                'evidence', 'controlanswer'] LOOP
        EXECUTE format('CREATE TRIGGER kept_whole BEFORE TRUNCATE ON compliance_%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
