-- A file stays as it came; documents and lines are never deleted.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON purchasing_tradefile
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_tradedocument
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_tradeline
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tradefile', 'tradedocument', 'tradeline'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
