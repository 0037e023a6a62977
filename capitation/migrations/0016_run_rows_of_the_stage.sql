-- A run is calculated in tables of the app's own, in a schema where it may make some; only what is
-- taken into the run's partitions is the owner's, and stays.
CREATE SCHEMA IF NOT EXISTS stage;
REVOKE ALL ON SCHEMA stage FROM PUBLIC;

-- Take what was calculated as the run's partition: copy, keys and checks set-wise (of what would be
-- foreign keys too; the proof of a run finds a share without its row), attach, close. Whoever calls
-- it needs no right to change tables. It reads as the owner a table that somebody else made: a
-- plain one only, of exactly the columns of ours, so that nothing of theirs is run by reading it.
CREATE OR REPLACE FUNCTION capitation_attach_partition(run bigint, base text, calculated text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    part text := base || '_r' || run;
    keys text;
    truths text;
    lost bigint;
    reader record;
BEGIN
    IF base NOT IN ('capitation_waterfall', 'capitation_share') THEN
        RAISE EXCEPTION '% is no table of runs', base;
    END IF;
    EXECUTE format('LOCK TABLE stage.%I IN SHARE MODE', calculated);
    PERFORM FROM pg_class AS c
    WHERE c.oid = format('stage.%I', calculated)::regclass
      AND (c.relkind <> 'r' OR c.relrowsecurity OR c.relhassubclass OR c.relhasrules);
    IF FOUND THEN
        RAISE EXCEPTION 'stage.% is no plain table', calculated
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM (
        SELECT attname, atttypid FROM pg_attribute
        WHERE attrelid = format('stage.%I', calculated)::regclass AND attnum > 0
          AND NOT attisdropped
    ) AS theirs
    FULL JOIN (
        SELECT attname, atttypid FROM pg_attribute
        WHERE attrelid = format('public.%I', base)::regclass AND attnum > 0 AND NOT attisdropped
    ) AS ours USING (attname)
    WHERE theirs.atttypid IS DISTINCT FROM ours.atttypid;
    IF FOUND THEN
        RAISE EXCEPTION 'stage.% has not the columns of %', calculated, base
            USING ERRCODE = 'datatype_mismatch';
    END IF;
    keys := CASE base WHEN 'capitation_waterfall' THEN 'member_id, coverage_month'
            ELSE 'member_id, coverage_month, payee_id, practitioner_id' END;
    EXECUTE format('CREATE TABLE public.%I AS TABLE stage.%I', part, calculated);
    SELECT string_agg(truth, ', ') INTO truths FROM (
        SELECT format('ALTER COLUMN %I SET NOT NULL', attname) AS truth
        FROM pg_attribute
        WHERE attrelid = format('public.%I', base)::regclass AND attnum > 0 AND attnotnull
        UNION ALL
        SELECT format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
        FROM pg_constraint
        WHERE conrelid = format('public.%I', base)::regclass AND contype = 'c'
    ) AS parent;
    EXECUTE format('ALTER TABLE public.%I %s, ADD CONSTRAINT %I CHECK (run_id = %s), '
                   'ADD CONSTRAINT %I PRIMARY KEY (%s)',
                   part, truths, part || '_run', run, part || '_pkey', keys);
    IF base = 'capitation_waterfall' THEN
        EXECUTE format('SELECT count(*) FROM public.%I r WHERE NOT EXISTS '
                       '(SELECT FROM public.capitation_member m WHERE m.id = r.member_id)', part)
            INTO lost;
        IF lost > 0 THEN
            RAISE EXCEPTION '% rows of run % name no member', lost, run;
        END IF;
    ELSE
        EXECUTE format('CREATE INDEX ON public.%I (payee_id)', part);
        EXECUTE format('SELECT count(*) FROM (SELECT DISTINCT payee_id FROM public.%I) r '
                       'WHERE NOT EXISTS '
                       '(SELECT FROM public.identity_party p WHERE p.id = r.payee_id)', part)
            INTO lost;
        IF lost > 0 THEN
            RAISE EXCEPTION '% payees of run % are no party', lost, run;
        END IF;
    END IF;
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES IN (%s)',
                   base, part, run);
    EXECUTE format('CREATE TRIGGER refuse_insert BEFORE INSERT ON public.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change()', part);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change()', part);
    -- Where rows are narrowed to parties, a partition that is named itself shows none.
    IF (SELECT relrowsecurity FROM pg_class WHERE oid = format('public.%I', base)::regclass) THEN
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
    END IF;
    -- Whoever may read all runs may read this one.
    FOR reader IN
        SELECT DISTINCT acl.grantee::regrole AS name
        FROM pg_class AS c, aclexplode(c.relacl) AS acl
        WHERE c.oid = format('public.%I', base)::regclass AND acl.privilege_type = 'SELECT'
          AND acl.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('GRANT SELECT ON public.%I TO %s', part, reader.name);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION capitation_attach_partition(bigint, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION capitation_drop_partitions(bigint) FROM PUBLIC;
