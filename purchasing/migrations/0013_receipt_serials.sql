-- A serial that came stays with the receipt that it came with.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON purchasing_receiptserial
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON purchasing_receiptserial
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
