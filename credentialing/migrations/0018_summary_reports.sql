-- The day on which a suspension ends is written with its lifting; a restriction is lifted once.
DROP TRIGGER changes_once ON credentialing_suspension;
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_suspension
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'lifted_at lifted_by_name lift_text back_date');

CREATE OR REPLACE FUNCTION credentialing_adverse_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    once text;
    moving text[] := ARRAY['stage', 'hearing_date', 'suspension_id', 'notice_date',
        'request_by_date', 'final_date', 'report_due_date', 'reversed_date', 'next_due_date',
        'lifted_date'];
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
