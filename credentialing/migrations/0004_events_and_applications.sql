-- What happened in a credentialing event stays: steps, verifications and reviews are only added;
-- of the others each decision is written once, and nothing else ever changes.
CREATE FUNCTION credentialing_changes_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    groups text[] := TG_ARGV;
    names text[];
    every_name text[] := '{}';
    one text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a row of % is never deleted', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- Each argument names columns that are written together, once; the first of them says whether
    -- they were.
    FOREACH one IN ARRAY groups LOOP
        names := string_to_array(one, ' ');
        every_name := every_name || names;
        IF COALESCE(to_jsonb(OLD) ->> names[1], '') <> '' AND EXISTS (
            SELECT FROM unnest(names) AS name
            WHERE to_jsonb(OLD) -> name IS DISTINCT FROM to_jsonb(NEW) -> name
        ) THEN
            RAISE EXCEPTION '% of a row of % is written once', names[1], TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    IF to_jsonb(OLD) - every_name IS DISTINCT FROM to_jsonb(NEW) - every_name THEN
        RAISE EXCEPTION 'a row of % stays as it was written', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_element
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('dropped_at');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_attestation
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'voided_at voided_by_name void_reason');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_inquiry
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'answered_at verification_id', 'withdrawn_at');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_discrepancy
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'replied_at reply replied_by_name', 'closed_at outcome closed_by_id closed_by_name');

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['eventstep', 'verification', 'review', 'profile'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['eventstep', 'verification', 'review', 'profile', 'element',
                                'attestation', 'inquiry', 'discrepancy'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
