-- Evidence: every event leaves a salted digest in the transaction that wrote it; a job seals them
-- into a tree. What is here is only added to; a salt alone may be deleted, which makes its leaf
-- say nothing any more while the tree stays whole.

CREATE SEQUENCE audit_leaf_id_seq;
CREATE TABLE audit_leaf (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL,  -- the transaction: a seal takes only what surely no other one precedes
    recorded_at timestamptz NOT NULL,
    source_id integer NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32)
);
ALTER SEQUENCE audit_leaf_id_seq OWNED BY audit_leaf.id;
CREATE INDEX audit_leaf_xid ON audit_leaf (xid);

CREATE TABLE audit_salt (leaf_id bigint PRIMARY KEY, salt bytea NOT NULL);

-- Which tables leave leaves, and of which columns: a column that comes later makes a new version,
-- so that older leaves can still be recomputed.
CREATE TABLE audit_source (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    key_column text NOT NULL,
    columns text[] NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Steps of rows that go on changing: what they were when they were taken.
CREATE TABLE audit_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    subject text NOT NULL,
    payload jsonb NOT NULL
);
CREATE INDEX audit_step_subject ON audit_step (kind, subject);

CREATE TABLE audit_sealedleaf (
    position bigint PRIMARY KEY CHECK (position >= 0),
    leaf_id bigint NOT NULL UNIQUE,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE TABLE audit_node (
    level smallint NOT NULL CHECK (level > 0),
    index bigint NOT NULL CHECK (index >= 0),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, index)
);
CREATE TABLE audit_checkpoint (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log text NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL CHECK (length(root) = 32),
    sealed_at timestamptz NOT NULL,
    below_xid xid8 NOT NULL,  -- every leaf of an earlier transaction is sealed
    note text NOT NULL,
    UNIQUE (log, size)
);
CREATE TABLE audit_checkpointmail (
    day date PRIMARY KEY,
    checkpoint_id bigint NOT NULL,
    recipients integer NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['audit_leaf', 'audit_source', 'audit_step', 'audit_sealedleaf',
                                'audit_node', 'audit_checkpoint', 'audit_checkpointmail'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', kept);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', kept);
    END LOOP;
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE ON audit_salt
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit_salt
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- The select list that a source's payload is made of.
CREATE FUNCTION audit_columns(columns text[]) RETURNS text LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog AS $$
    SELECT string_agg(format('n.%I', name), ', ' ORDER BY place)
    FROM unnest(columns) WITH ORDINALITY AS part (name, place)
$$;

-- The rows of a source as leaves saw them: jsonb orders its keys itself, and UTC is pinned.
CREATE FUNCTION audit_payloads(source audit_source) RETURNS TABLE (key text, payload text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT n.%I::text, to_jsonb(audit_row)::text FROM public.%I AS n '
        'CROSS JOIN LATERAL (SELECT %s) AS audit_row',
        source.key_column, source.table_name, public.audit_columns(source.columns));
END $$;

-- Let every row that a table gets leave a leaf, and those it has already. It may be called again
-- when the table has new columns. One statement for all rows of an insert: a trigger a row would
-- cost bulk inserts several times as much.
CREATE FUNCTION audit_witness(table_wanted text) RETURNS integer LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    source public.audit_source;
    kind text := CASE table_wanted WHEN 'audit_step' THEN 'n.kind' ELSE quote_literal(table_wanted)
                 END;
    leave text;
BEGIN
    INSERT INTO public.audit_source (table_name, key_column, columns)
    SELECT table_wanted,
           (SELECT attname FROM pg_attribute JOIN pg_index ON indrelid = attrelid
            WHERE attrelid = table_wanted::regclass AND indisprimary AND attnum = indkey[0]),
           (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = table_wanted::regclass AND attnum > 0 AND NOT attisdropped)
    RETURNING * INTO source;
    leave := format($leave$
    WITH salted AS MATERIALIZED (
        SELECT nextval('public.audit_leaf_id_seq') AS id, n.%1$I::text AS key, %2$s AS kind,
               uuid_send(gen_random_uuid()) AS salt, to_jsonb(audit_row)::text AS payload
        FROM %%s AS n CROSS JOIN LATERAL (SELECT %3$s) AS audit_row
    ), kept AS (
        INSERT INTO public.audit_salt (leaf_id, salt) SELECT id, salt FROM salted
    )
    INSERT INTO public.audit_leaf (id, xid, recorded_at, source_id, kind, key, digest)
    SELECT id, pg_current_xact_id(), clock_timestamp(), %4$s, kind, key,
           sha256(salt || convert_to(payload, 'UTF8'))
    FROM salted$leave$,
        source.key_column, kind, public.audit_columns(source.columns), source.id);
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION public.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
        'SET search_path = pg_catalog, public, pg_temp SET timezone = ''UTC'' AS %L',
        table_wanted || '_leaves', 'BEGIN ' || format(leave, 'added') || '; RETURN NULL; END');
    EXECUTE format('REVOKE ALL ON FUNCTION public.%I() FROM PUBLIC', table_wanted || '_leaves');
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER leaves AFTER INSERT ON public.%I REFERENCING NEW TABLE AS added '
        'FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', table_wanted, table_wanted || '_leaves');
    EXECUTE format(leave, format(
        '(SELECT * FROM public.%I AS r WHERE NOT EXISTS (SELECT FROM public.audit_leaf AS leaf '
        'JOIN public.audit_source AS s ON s.id = leaf.source_id '
        'WHERE s.table_name = %L AND leaf.key = r.%I::text))',
        table_wanted, table_wanted, source.key_column));
    RETURN source.id;
END $$;

-- Witness every table of change history, and anew every table that has got columns since.
CREATE FUNCTION audit_witness_all() RETURNS TABLE (table_name text) LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    FOR table_name IN SELECT missing.table_name FROM public.audit_unwitnessed() AS missing LOOP
        PERFORM public.audit_witness(table_name);
        RETURN NEXT;
    END LOOP;
END $$;

-- Tables of events of which a row, or a column, would leave nothing.
CREATE FUNCTION audit_unwitnessed() RETURNS TABLE (table_name text, columns text[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attname)
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN LATERAL (
        SELECT s.columns FROM public.audit_source AS s
        WHERE s.table_name = c.relname ORDER BY s.id DESC LIMIT 1
    ) AS latest ON true
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND (EXISTS (SELECT FROM pg_attribute AS h WHERE h.attrelid = c.oid AND h.attname = 'pgh_id')
           OR latest.columns IS NOT NULL
           OR c.relname IN ('audit_domainevent', 'audit_accessevent', 'audit_step'))
      AND (latest.columns IS NULL OR a.attname <> ALL (latest.columns))
    GROUP BY c.relname
$$;

-- Keep what a row was at a step. Only triggers of the schema's owner may.
CREATE FUNCTION audit_take_step(kind text, subject text, payload jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.audit_step (kind, subject, payload) VALUES (kind, subject, payload)
$$;
REVOKE ALL ON FUNCTION audit_take_step(text, text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION audit_witness(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION audit_witness_all() FROM PUBLIC;

-- Where the rows and their leaves disagree: what was edited, deleted or put in behind them.
CREATE FUNCTION audit_disagreements() RETURNS TABLE (problem text, kind text, key text, leaf bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    source public.audit_source;
BEGIN
    FOR source IN SELECT * FROM public.audit_source ORDER BY id LOOP
        RETURN QUERY
        SELECT CASE WHEN p.key IS NULL THEN 'deleted' ELSE 'edited' END, l.kind, l.key, l.id
        FROM public.audit_leaf AS l
        JOIN public.audit_salt AS s ON s.leaf_id = l.id
        LEFT JOIN public.audit_payloads(source) AS p ON p.key = l.key
        WHERE l.source_id = source.id
          AND (p.key IS NULL OR sha256(s.salt || convert_to(p.payload, 'UTF8')) <> l.digest);
        -- Once a table: rows may have been witnessed by any version of it.
        CONTINUE WHEN EXISTS (SELECT FROM public.audit_source AS later
                              WHERE later.table_name = source.table_name AND later.id > source.id);
        RETURN QUERY
        SELECT 'inserted', source.table_name, p.key, NULL::bigint
        FROM public.audit_payloads(source) AS p
        WHERE p.key NOT IN (SELECT l.key FROM public.audit_leaf AS l
                            JOIN public.audit_source AS s ON s.id = l.source_id
                            WHERE s.table_name = source.table_name);
    END LOOP;
    RETURN QUERY
    SELECT 'salt deleted without a record', l.kind, l.key, l.id FROM public.audit_leaf AS l
    WHERE NOT EXISTS (SELECT FROM public.audit_salt AS s WHERE s.leaf_id = l.id)
      AND l.id NOT IN (
          SELECT jsonb_array_elements_text(e.details -> 'leaf_ids')::bigint
          FROM public.audit_domainevent AS e WHERE e.action = 'audit.leaves.shredded');
END $$;
