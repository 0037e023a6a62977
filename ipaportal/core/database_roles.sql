-- The roles of a database of the portal; whoever runs this is its superuser, once for a server and
-- again for a database that another role made. It may be run again at any time, and sets no
-- password. What each role may do with which table is granted by `manage.py migrate`.

DO $$
BEGIN
    -- Owns the schema: migrations, and the functions that write evidence and take a run's rows.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ipa_owner') THEN
        CREATE ROLE ipa_owner LOGIN CREATEDB;
    END IF;
    -- What web, worker, clock and commands sign in as. NOINHERIT: to see every party's rows it has
    -- to become ipa_staff, for one transaction.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ipa_app') THEN
        CREATE ROLE ipa_app LOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ipa_staff') THEN
        CREATE ROLE ipa_staff NOLOGIN BYPASSRLS;
    END IF;
    -- Reads, from outside the portal.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ipa_auditor') THEN
        CREATE ROLE ipa_auditor LOGIN;
    END IF;
END $$;
GRANT ipa_staff TO ipa_app;
-- The owner takes what they calculated.
GRANT ipa_app, ipa_staff TO ipa_owner;
-- Benchmarks begin each round on a clean disk.
GRANT pg_checkpoint TO ipa_owner;

-- What another role made in this database becomes the owner's.
DO $$
DECLARE
    found record;
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO ipa_owner', current_database());
    FOR found IN
        SELECT c.oid::regclass AS name FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relowner <> 'ipa_owner'::regrole
          AND (c.relkind IN ('r', 'p', 'v', 'm')
               OR c.relkind = 'S' AND NOT EXISTS (
                   SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass
                     AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO ipa_owner', found.name);
    END LOOP;
    FOR found IN
        SELECT p.oid::regprocedure AS name FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'ipa_owner'::regrole
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO ipa_owner', found.name);
    END LOOP;
END $$;
