-- Whose cases somebody sees. The session says who asks (core/scopes.py): the clock, which sees all;
-- a user; or whoever holds the code of a mailbox, who sees what is between them and us.

-- Whom a case accuses sees nothing of it, whatever else they are: by their account, as the
-- practitioner they are, or with the practice that they were ever of. Others see it as a
-- compliance officer, or because they work on it. Of a case that is not there it says what it says
-- of every other, so that asking it tells nothing of one that is.
CREATE FUNCTION compliance_case_open(which uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN asks.who = 'clock' THEN true
        WHEN asks.user_id IS NOT NULL THEN
            NOT EXISTS (
                SELECT FROM compliance_caseperson AS p
                 WHERE p.case_id = which AND p.part = 'accused' AND p.withdrawn_at IS NULL
                   AND (p.user_id = asks.user_id
                        OR EXISTS (SELECT FROM credentialing_practitioner AS d
                                    WHERE d.id = p.practitioner_id
                                      AND d.user_id = asks.user_id)
                        OR EXISTS (SELECT FROM identity_grant AS g
                                    WHERE g.party_id = p.party_id
                                      AND g.user_id = asks.user_id)))
            AND (EXISTS (
                    SELECT FROM identity_grant AS g
                     WHERE g.user_id = asks.user_id
                       AND g.role = 'compliance_officer' AND g.effective_date <= CURRENT_DATE
                       AND (g.end_date IS NULL OR g.end_date > CURRENT_DATE))
                 OR EXISTS (
                    SELECT FROM compliance_casehandler AS h
                     WHERE h.case_id = which AND h.ended_at IS NULL
                       AND h.user_id = asks.user_id))
        ELSE false END
      FROM (SELECT w.who, substring(w.who FROM '^user ([0-9]+)$')::bigint AS user_id
              FROM (SELECT coalesce(current_setting('ipa.cases', true), '') AS who) AS w) AS asks
$$;

CREATE FUNCTION compliance_mailbox_open(which uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM compliance_hotlinereport AS r
         WHERE r.case_id = which
           AND current_setting('ipa.cases', true) = 'mailbox ' || encode(r.code_digest, 'hex'))
$$;

-- Whether bytes are evidence of a case: a purge asks it, and learns nothing more.
CREATE FUNCTION compliance_is_case_file(sha text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM compliance_casefile AS f WHERE f.sha256 = sha)
$$;

-- What was written stays; a new key may seal it anew.
CREATE TRIGGER stays BEFORE UPDATE ON compliance_caseevent FOR EACH ROW
    WHEN (to_jsonb(OLD) - 'text_encrypted' <> to_jsonb(NEW) - 'text_encrypted')
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER stays BEFORE UPDATE ON compliance_hotlinemessage FOR EACH ROW
    WHEN (to_jsonb(OLD) - 'text_encrypted' <> to_jsonb(NEW) - 'text_encrypted')
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER stays BEFORE UPDATE ON compliance_casefile FOR EACH ROW
    WHEN (to_jsonb(OLD) - 'name_encrypted' <> to_jsonb(NEW) - 'name_encrypted')
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER stays BEFORE UPDATE ON compliance_hotlinereport FOR EACH ROW
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER ended_once BEFORE UPDATE ON compliance_casehandler FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - 'ended_at' <> to_jsonb(NEW) - 'ended_at')
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER ended_once BEFORE UPDATE ON compliance_casedeputy FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - 'ended_at' <> to_jsonb(NEW) - 'ended_at')
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER withdrawn_once BEFORE UPDATE ON compliance_caseperson FOR EACH ROW
    WHEN (to_jsonb(OLD) - '{withdrawn_at,name_encrypted}'::text[]
              <> to_jsonb(NEW) - '{withdrawn_at,name_encrypted}'::text[]
          OR OLD.withdrawn_at IS NOT NULL AND OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at)
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER done_once BEFORE UPDATE ON compliance_casetask FOR EACH ROW
    WHEN (to_jsonb(OLD) - '{done_at,done_by_id,done_by_name,text_encrypted}'::text[]
              <> to_jsonb(NEW) - '{done_at,done_by_id,done_by_name,text_encrypted}'::text[]
          OR OLD.done_at IS NOT NULL AND OLD.done_at IS DISTINCT FROM NEW.done_at)
    EXECUTE FUNCTION audit_refuse_change();

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY '{case,casehandler,caseperson,casetask,casefile,caseevent,
        hotlinereport,hotlinemessage,casedeputy}'::text[] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_%s
            FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_%s
            FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
