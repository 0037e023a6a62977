-- Salts are deleted by nobody but this function, and none that no event names.
CREATE FUNCTION audit_shred_salts(wanted bigint[]) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    shredded integer;
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_domainevent AS e
        WHERE e.action = 'audit.leaves.shredded' AND e.details -> 'leaf_ids' @> to_jsonb(wanted)
    ) THEN
        RAISE EXCEPTION 'no event says why these leaves are shredded'
            USING ERRCODE = 'restrict_violation';
    END IF;
    DELETE FROM public.audit_salt WHERE leaf_id = ANY (wanted);
    GET DIAGNOSTICS shredded = ROW_COUNT;
    RETURN shredded;
END $$;
REVOKE ALL ON FUNCTION audit_shred_salts(bigint[]) FROM PUBLIC;
