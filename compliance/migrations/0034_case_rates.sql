-- A line stays as it came; its price may be said until its claim is paid.
CREATE OR REPLACE FUNCTION compliance_line_keeps_its_price() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    price text[] := '{allowed_cents,price_words,case_rate_id,is_included}';
BEGIN
    IF to_jsonb(NEW) - price IS DISTINCT FROM to_jsonb(OLD) - price
       OR EXISTS (SELECT FROM compliance_claim AS c
                   WHERE c.id = OLD.claim_id AND c.payment_id IS NOT NULL) THEN
        RAISE EXCEPTION 'line % of a claim stays as it came, and as it was paid', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- What a contract pays for cases from a day on, and what an institution said, stay as they came.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['caseratelist', 'caserate', 'claimstay'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON compliance_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON compliance_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
