-- What was sent to a payer, and what it answered, stays as it was; an agreement ends once.
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_delegation
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('end_date');
CREATE TRIGGER refuse_delete BEFORE DELETE ON credentialing_rosterdifference
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['rosterspec', 'roster', 'rosterline', 'rosteranswer',
                                'planroster'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['rosterspec', 'roster', 'rosterline', 'rosteranswer',
                                'planroster', 'delegation', 'rosterdifference'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
