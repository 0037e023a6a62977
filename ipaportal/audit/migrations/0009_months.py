"""Lets the log of what was done and seen lie in a table a month; its text lies beside in SQL."""

from pathlib import Path

from django.db import migrations

UNDO = """
SELECT audit_lay_out(name, false)
FROM unnest(ARRAY['audit_accessevent', 'audit_domainevent']) AS name;
DROP FUNCTION audit_lay_out(text, boolean);
DROP FUNCTION audit_make_months();
DROP FUNCTION audit_make_month(text, date);
CREATE OR REPLACE FUNCTION audit_unwitnessed() RETURNS TABLE (table_name text, columns text[])
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
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_leaves_by_key")]
    operations = [
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"), UNDO)
    ]
