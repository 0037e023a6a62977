-- What was sent, and what came of it, is never taken away.
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_listarrival
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_listarrival
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
