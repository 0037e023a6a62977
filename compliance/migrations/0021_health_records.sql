-- What came stays as it came, and what was said of a patient is added to; nothing is deleted but by a
-- purge. Of a resource only whether it counts changes, and the key that its text is encrypted with.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_patientstep
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['healthsource', 'healthfile', 'healthrecord', 'healthpatient'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_%I '
            'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['healthsource', 'healthfile', 'healthrecord', 'healthpatient',
                                'patientstep'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
