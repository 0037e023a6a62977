-- What was reported, decided, credited and kept stays as it was recorded: a later step is added.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['trouble', 'troublestep', 'chargecredit', 'supplypaper'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON purchasing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON purchasing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;

-- No more packs of a receipt go back than came with it, whoever asks at the same moment: what was
-- refused or taken back does not count.
CREATE FUNCTION purchasing_refuse_over_return() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came bigint;
    going bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('purchasing return ' || NEW.receipt_id, 0));
    SELECT r.packs INTO came FROM purchasing_receipt AS r WHERE r.id = NEW.receipt_id;
    SELECT COALESCE(sum(t.packs), 0) INTO going FROM purchasing_trouble AS t
    LEFT JOIN LATERAL (
        SELECT s.state FROM purchasing_troublestep AS s
        WHERE s.trouble_id = t.id ORDER BY s.number DESC LIMIT 1
    ) AS last ON true
    WHERE t.receipt_id = NEW.receipt_id AND t.kind = 'return'
      AND COALESCE(last.state, 'open') NOT IN ('refused', 'withdrawn');
    IF going + NEW.packs > came THEN
        RAISE EXCEPTION 'of % packs % go back already', came, going
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_over_return BEFORE INSERT ON purchasing_trouble
    FOR EACH ROW WHEN (NEW.kind = 'return') EXECUTE FUNCTION purchasing_refuse_over_return();
