-- Versions, packs, prices, offers and commitments stay as they were recorded.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['item', 'packlevel', 'supplycontract', 'pricelist', 'commitment']
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['itemversion', 'supplierlicence', 'priceline', 'agreement',
                                'grouporder', 'supplier', 'site'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['item', 'packlevel', 'supplycontract', 'pricelist', 'commitment',
                                'itemversion', 'supplierlicence', 'priceline', 'agreement',
                                'grouporder', 'orderitem', 'offer'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;

-- What practices commit to does not change under them: once an order is open, its items, packs,
-- prices and offers stand as they were announced. Meters go on.
CREATE FUNCTION purchasing_refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
    meters text[] := ARRAY['meter_tier', 'meter_step_pct', 'meter_hidden', 'meter_read_at'];
    order_status text;
BEGIN
    IF TG_TABLE_NAME = 'purchasing_offer' THEN
        SELECT o.status INTO order_status FROM purchasing_grouporder AS o
        JOIN purchasing_orderitem AS i ON i.order_id = o.id
        WHERE i.id = (COALESCE(new_row, was) ->> 'order_item_id')::bigint;
    ELSE
        SELECT o.status INTO order_status FROM purchasing_grouporder AS o
        WHERE o.id = (COALESCE(new_row, was) ->> 'order_id')::bigint;
    END IF;
    IF order_status NOT IN ('draft', 'announced') AND was - meters IS DISTINCT FROM new_row - meters
    THEN
        RAISE EXCEPTION 'a group order that is % is frozen', order_status USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER refuse_frozen BEFORE INSERT OR UPDATE OR DELETE ON purchasing_orderitem
    FOR EACH ROW EXECUTE FUNCTION purchasing_refuse_frozen();
CREATE TRIGGER refuse_frozen BEFORE INSERT OR UPDATE OR DELETE ON purchasing_offer
    FOR EACH ROW EXECUTE FUNCTION purchasing_refuse_frozen();
