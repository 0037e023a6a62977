-- What was done and what was looked at lie in a table a month: a page of some days reads these
-- months only, an index stays as small as its month, and what is old can be moved as a whole.

-- One month's table, unless it is there. What came before its month was made lies in the rest and
-- stays there: nothing of the log is ever moved or deleted to make room.
CREATE FUNCTION audit_make_month(table_wanted text, month date) RETURNS boolean LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    part text := format('%s_%s', table_wanted, to_char(month, 'YYYY_MM'));
    following date := (month + interval '1 month')::date;
    is_late boolean;
BEGIN
    IF to_regclass(format('public.%I', part)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE at >= %L::timestamptz '
                   'AND at < %L::timestamptz)', table_wanted || '_rest', month, following)
        INTO is_late;
    IF is_late THEN
        RETURN false;
    END IF;
    -- Made by itself and attached then: whoever writes to another month does not wait for it.
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS '
                   'INCLUDING CONSTRAINTS INCLUDING STORAGE)', part, table_wanted);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change()', part);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I '
                   'FOR VALUES FROM (%L) TO (%L)', table_wanted, part,
                   month::timestamptz, following::timestamptz);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION audit_make_month(text, date) FROM PUBLIC;

-- This month and the two after it; the clock asks each minute. Whoever reads the rest for long
-- makes it give up, and it is asked again.
CREATE FUNCTION audit_make_months() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    made integer := 0;
    name text;
    month date;
BEGIN
    FOR name, month IN
        SELECT tables.name, (date_trunc('month', now()) + n * interval '1 month')::date
        FROM unnest(ARRAY['audit_accessevent', 'audit_domainevent']) AS tables (name)
        CROSS JOIN generate_series(0, 2) AS n
    LOOP
        IF to_regclass(format('public.%s_%s', name, to_char(month, 'YYYY_MM'))) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext('audit_make_months'));
            made := made + public.audit_make_month(name, month)::integer;
        END IF;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION audit_make_months() FROM PUBLIC;

-- Make a table of events anew, in months or in one, with its rows, numbers, indexes and triggers.
-- The triggers come last: nothing is witnessed twice.
CREATE FUNCTION audit_lay_out(name text, in_months boolean) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    before text := name || '_before';
    numbers text := name || '_id_seq';
    indexes text[] := (
        SELECT array_agg(replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '))
        FROM pg_index WHERE indrelid = name::regclass AND NOT indisprimary);
    month date;
    last bigint;
BEGIN
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', name);
    EXECUTE format('SELECT last_value + is_called::integer FROM public.%I', numbers) INTO last;
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', name, before);
    EXECUTE format('ALTER SEQUENCE public.%I RENAME TO %I', numbers, before || '_id_seq');
    EXECUTE format('ALTER INDEX public.%I RENAME TO %I', name || '_pkey', before || '_pkey');
    EXECUTE format(
        'CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING IDENTITY '
        'INCLUDING CONSTRAINTS INCLUDING STORAGE, CONSTRAINT %I PRIMARY KEY (%s)) %s',
        name, before, name || '_pkey', CASE WHEN in_months THEN 'id, at' ELSE 'id' END,
        CASE WHEN in_months THEN 'PARTITION BY RANGE (at)' ELSE '' END);
    IF in_months THEN
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I DEFAULT', name || '_rest',
                       name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.%I FOR EACH '
                       'STATEMENT EXECUTE FUNCTION public.audit_refuse_change()', name || '_rest');
        FOR month IN EXECUTE format(
            'SELECT generate_series(date_trunc(''month'', coalesce(min(at), now())), '
            'date_trunc(''month'', now()) + interval ''2 months'', interval ''1 month'')::date '
            'FROM public.%I', before)
        LOOP
            PERFORM public.audit_make_month(name, month);
        END LOOP;
    END IF;
    EXECUTE format('INSERT INTO public.%I SELECT * FROM public.%I', name, before);
    EXECUTE format('DROP TABLE public.%I', before);
    EXECUTE format('ALTER TABLE public.%I ALTER COLUMN id RESTART WITH %s', name, last);
    EXECUTE array_to_string(indexes, ';');
    EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON public.%I '
                   'FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change()', name);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change()', name);
    EXECUTE format(
        'CREATE TRIGGER leaves AFTER INSERT ON public.%I REFERENCING NEW TABLE AS added '
        'FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', name, name || '_leaves');
END $$;
REVOKE ALL ON FUNCTION audit_lay_out(text, boolean) FROM PUBLIC;

SELECT audit_lay_out(name, true)
FROM unnest(ARRAY['audit_accessevent', 'audit_domainevent']) AS name;

-- Tables of events of which a row, or a column, would leave nothing; those in months too.
CREATE OR REPLACE FUNCTION audit_unwitnessed() RETURNS TABLE (table_name text, columns text[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attname)
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN LATERAL (
        SELECT s.columns FROM public.audit_source AS s
        WHERE s.table_name = c.relname ORDER BY s.id DESC LIMIT 1
    ) AS latest ON true
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition
      AND (EXISTS (SELECT FROM pg_attribute AS h WHERE h.attrelid = c.oid AND h.attname = 'pgh_id')
           OR latest.columns IS NOT NULL
           OR c.relname IN ('audit_domainevent', 'audit_accessevent', 'audit_step'))
      AND (latest.columns IS NULL OR a.attname <> ALL (latest.columns))
    GROUP BY c.relname
$$;
