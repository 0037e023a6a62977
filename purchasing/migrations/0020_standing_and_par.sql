-- What an office wanted again is never taken away; what came of it and what was counted stays.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['standingorder', 'parlevel'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['standinguse', 'stockcount'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['standingorder', 'parlevel', 'standinguse', 'stockcount'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
