-- What was known of a system is superseded once; a project, an interface and a ticket end once; a
-- step is done once. Nothing else of them changes, and nothing is taken away.
CREATE FUNCTION compliance_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mark text := TG_ARGV[0];
BEGIN
    IF to_jsonb(OLD) ->> mark IS NOT NULL OR to_jsonb(NEW) ->> mark IS NULL THEN
        RAISE EXCEPTION 'row % of % ends once', OLD.id, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ends_once BEFORE UPDATE ON compliance_recordsystem
    FOR EACH ROW EXECUTE FUNCTION compliance_ends_once('superseded_at');
CREATE TRIGGER ends_once BEFORE UPDATE ON compliance_golive
    FOR EACH ROW EXECUTE FUNCTION compliance_ends_once('ended_at');
CREATE TRIGGER ends_once BEFORE UPDATE ON compliance_golivestep
    FOR EACH ROW EXECUTE FUNCTION compliance_ends_once('done_at');
CREATE TRIGGER ends_once BEFORE UPDATE ON compliance_recordinterface
    FOR EACH ROW EXECUTE FUNCTION compliance_ends_once('ended_at');
CREATE TRIGGER ends_once BEFORE UPDATE ON compliance_helpticket
    FOR EACH ROW EXECUTE FUNCTION compliance_ends_once('closed_at');

-- A subsidy that was released or withdrawn stays as it is, and what was attested or paid is said
-- once.
CREATE FUNCTION compliance_subsidy_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL
       OR OLD.attested_at IS NOT NULL AND NEW.attested_at IS DISTINCT FROM OLD.attested_at
       OR OLD.paid_date IS NOT NULL AND NEW.paid_date IS DISTINCT FROM OLD.paid_date THEN
        RAISE EXCEPTION 'subsidy % was decided before', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moves_on BEFORE UPDATE ON compliance_subsidy
    FOR EACH ROW EXECUTE FUNCTION compliance_subsidy_moves_on();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['interfacebeat', 'helpnote'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['recordsystem', 'golive', 'golivestep', 'recordinterface',
                                'helpticket', 'subsidy'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
