-- What was said of somebody stays as it was said: it is superseded once, by what replaces it.
CREATE FUNCTION credentialing_superseded_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.superseded_at IS NOT NULL OR NEW.superseded_at IS NULL
       OR to_jsonb(OLD) - '{superseded_at,superseded_by_id,superseded_no,pair_key}'::text[]
          IS DISTINCT FROM
          to_jsonb(NEW) - '{superseded_at,superseded_by_id,superseded_no,pair_key}'::text[] THEN
        RAISE EXCEPTION 'a row of % is corrected by superseding it and adding another',
            TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Of a document only its review and its successor are written, each once.
CREATE FUNCTION credentialing_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    review text[] := '{status,reviewed_by_id,reviewed_by_name,reviewed_at,review_text}';
BEGIN
    IF TG_OP = 'DELETE'
       OR to_jsonb(OLD) - review - 'superseded_by_id'
          IS DISTINCT FROM to_jsonb(NEW) - review - 'superseded_by_id'
       OR OLD.superseded_by_id IS NOT NULL
          AND NEW.superseded_by_id IS DISTINCT FROM OLD.superseded_by_id
       OR OLD.status <> 'received'
          AND (NEW.status, NEW.reviewed_by_id, NEW.reviewed_by_name, NEW.reviewed_at,
               NEW.review_text)
              IS DISTINCT FROM
              (OLD.status, OLD.reviewed_by_id, OLD.reviewed_by_name, OLD.reviewed_at,
               OLD.review_text) THEN
        RAISE EXCEPTION 'document % stays as it came; it is reviewed and superseded once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON credentialing_document
    FOR EACH ROW EXECUTE FUNCTION credentialing_document_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_document
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON credentialing_sitecheck
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_sitecheck
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['credential', 'education', 'work', 'gapexplanation',
                                'malpracticeclaim', 'affiliation', 'networklisting'] LOOP
        EXECUTE format('CREATE TRIGGER superseded_once BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION credentialing_superseded_once()',
            name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
