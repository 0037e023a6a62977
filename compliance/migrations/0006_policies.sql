-- The words of a version change only while it is a draft; approved is what two others approved.
CREATE FUNCTION compliance_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text[] := '{status,decided_at,withdraw_reason}';
BEGIN
    IF OLD.status = 'withdrawn'
       OR (OLD.status, NEW.status) IN (('review', 'draft'), ('approved', 'draft'),
                                       ('approved', 'review'), ('draft', 'approved'))
       OR OLD.status <> 'draft'
          AND to_jsonb(NEW) - state IS DISTINCT FROM to_jsonb(OLD) - state THEN
        RAISE EXCEPTION 'version % of a policy stays as it was reviewed', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'approved' AND OLD.status <> 'approved'
       AND (SELECT count(DISTINCT a.approved_by_id) FROM compliance_policyapproval AS a
             WHERE a.version_id = NEW.id AND a.content_sha256 = NEW.sha256) < 2 THEN
        RAISE EXCEPTION 'two others have not approved version %', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON compliance_policyversion
    FOR EACH ROW EXECUTE FUNCTION compliance_version_stays();

CREATE FUNCTION compliance_approves_anothers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM compliance_policyversion
      WHERE id = NEW.version_id AND status = 'review' AND sha256 = NEW.content_sha256
        AND drafted_by_id IS DISTINCT FROM NEW.approved_by_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'version % is not for this person to approve', NEW.version_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER anothers BEFORE INSERT ON compliance_policyapproval
    FOR EACH ROW EXECUTE FUNCTION compliance_approves_anothers();

-- An attestation names the bytes that were asked.
CREATE FUNCTION compliance_attests_what_is_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM compliance_campaignperson AS p JOIN compliance_campaign AS c
         ON c.id = p.campaign_id
      WHERE p.id = NEW.person_id AND c.content_sha256 = NEW.content_sha256;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not what person % was asked to attest', NEW.person_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER asked BEFORE INSERT ON compliance_attestation
    FOR EACH ROW EXECUTE FUNCTION compliance_attests_what_is_asked();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['policyapproval', 'campaign', 'attestation'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['policy', 'policyversion', 'campaignperson'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE DELETE ON compliance_%I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['policy', 'policyversion', 'policyapproval', 'campaign',
                                'campaignperson', 'attestation'] LOOP
        EXECUTE format('CREATE TRIGGER kept_whole BEFORE TRUNCATE ON compliance_%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
