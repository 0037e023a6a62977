-- How columns were named and which lists were looked at is never deleted.
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_listmapping
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON purchasing_pricedraft
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_listmapping
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_pricedraft
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
