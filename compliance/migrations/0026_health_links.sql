-- Links and imports stay on record: how a source was asked, and what each import brought.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['healthlink', 'healthjob', 'healthjobfile'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_%I '
            'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
