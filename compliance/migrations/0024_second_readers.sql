-- A review says whose words it read, whatever the code says: so that the constraint holds.
CREATE FUNCTION compliance_review_names_the_author() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.author_id := (SELECT recorded_by_id FROM compliance_finding WHERE id = NEW.finding_id);
    RETURN NEW;
END $$;
CREATE TRIGGER names_the_author BEFORE INSERT ON compliance_findingreview
    FOR EACH ROW EXECUTE FUNCTION compliance_review_names_the_author();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_findingreview
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_findingreview
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- An offer stays as it was made, and is answered once.
CREATE FUNCTION compliance_handover_is_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := '{answer,answered_at,answer_text}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.answer <> ''
       OR to_jsonb(NEW) - answer IS DISTINCT FROM to_jsonb(OLD) - answer THEN
        RAISE EXCEPTION 'a handover stays as it was offered: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answered_once BEFORE UPDATE OR DELETE ON compliance_correctionhandover
    FOR EACH ROW EXECUTE FUNCTION compliance_handover_is_answered_once();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_correctionhandover
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Whom the plan named judges nothing of it by a constraint; whoever took it over later, by this.
CREATE FUNCTION compliance_no_owner_judges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind IN ('returned', 'validated', 'extended', 'reopened')
       AND EXISTS (SELECT FROM compliance_correctionhandover AS h
                    WHERE h.correction_id = NEW.correction_id AND h.answer = 'accepted'
                      AND h.to_id = NEW.by_id) THEN
        RAISE EXCEPTION 'whoever owned correction % judges nothing of it', NEW.correction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_owner_judges BEFORE INSERT ON compliance_correctionstep
    FOR EACH ROW EXECUTE FUNCTION compliance_no_owner_judges();
