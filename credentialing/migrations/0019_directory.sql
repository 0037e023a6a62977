-- Policies, confirmations and reminders are only added; a change is settled once; what a
-- practitioner said is superseded once.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['networkpolicy', 'directorycheck', 'directoryreminder'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['supervision', 'language', 'callcover'] LOOP
        EXECUTE format('CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_%I '
            'FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(''superseded_at'')', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['networkpolicy', 'directorycheck', 'directoryreminder',
                                'directorychange', 'supervision', 'language', 'callcover'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_directorychange
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'settled_at settled_by_name settled_text');
