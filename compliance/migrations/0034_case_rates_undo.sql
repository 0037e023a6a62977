-- As 0017 had it.
CREATE OR REPLACE FUNCTION compliance_line_keeps_its_price() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    price text[] := '{allowed_cents,price_words}';
BEGIN
    IF to_jsonb(NEW) - price IS DISTINCT FROM to_jsonb(OLD) - price
       OR EXISTS (SELECT FROM compliance_claim AS c
                   WHERE c.id = OLD.claim_id AND c.payment_id IS NOT NULL) THEN
        RAISE EXCEPTION 'line % of a claim stays as it came, and as it was paid', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
