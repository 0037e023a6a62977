-- Steps and letters of adverse actions, and the register of the NPDB, are only added; somebody is
-- excused from a panel once. Of an action the grants say which columns change.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['adversestep', 'adversenotice', 'npdbentry'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['adverseaction', 'adversestep', 'adversenotice', 'npdbentry',
                                'hearingpanelist'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_hearingpanelist
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'excused_at excused_by_name excused_for');

-- What an action was proposed as never changes; its end is written once.
CREATE FUNCTION credentialing_adverse_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    once text;
    moving text[] := ARRAY['stage', 'hearing_date', 'suspension_id', 'notice_date',
        'request_by_date', 'final_date', 'report_due_date', 'reversed_date', 'next_due_date'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving THEN
        RAISE EXCEPTION 'adverse action % stays as it was proposed', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH once IN ARRAY moving[3:] LOOP
        IF to_jsonb(OLD) ->> once IS NOT NULL
           AND to_jsonb(OLD) -> once IS DISTINCT FROM to_jsonb(NEW) -> once THEN
            RAISE EXCEPTION '% of adverse action % is written once', once, OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON credentialing_adverseaction
    FOR EACH ROW EXECUTE FUNCTION credentialing_adverse_stays();
