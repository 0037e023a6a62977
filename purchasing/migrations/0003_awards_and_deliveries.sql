-- What came, and how a shortage was shared out, stays as it was recorded; lines, orders and awards
-- are never deleted.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['receipt', 'shortage', 'shortageline'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['award', 'purchaseorder', 'purchaseline'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['receipt', 'shortage', 'shortageline', 'award', 'purchaseorder',
                                'purchaseline'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
