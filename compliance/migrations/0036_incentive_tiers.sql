-- What was told of a tier stays as it was told: looked at once, superseded once.
CREATE FUNCTION compliance_arrangement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    looked text[] := '{review,reviewed_at,reviewed_by_id,reviewed_by_name,review_words}';
    open_to text[] := '{superseded_at}';
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.review = 'waiting' AND NEW.review <> 'waiting' THEN
        open_to := open_to || looked;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.superseded_at IS NOT NULL
       OR to_jsonb(OLD) - open_to IS DISTINCT FROM to_jsonb(NEW) - open_to THEN
        RAISE EXCEPTION 'an arrangement is corrected by superseding it and adding another'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER arrangement_stays BEFORE UPDATE OR DELETE ON compliance_incentivearrangement
    FOR EACH ROW EXECUTE FUNCTION compliance_arrangement_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_incentivearrangement
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER superseded_once BEFORE UPDATE OR DELETE ON compliance_pooling
    FOR EACH ROW EXECUTE FUNCTION credentialing_superseded_once();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_pooling
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['poolinganswer', 'pooledpanel'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON compliance_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
