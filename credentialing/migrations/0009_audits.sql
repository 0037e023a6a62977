-- A sample stays as it was drawn, and so do its files; a packet is written once.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['auditsample', 'sampledfile'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['auditsample', 'sampledfile', 'auditpacket'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
CREATE TRIGGER refuse_delete BEFORE DELETE ON credentialing_auditpacket
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
