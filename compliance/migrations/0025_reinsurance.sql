-- What the reinsurer was told stays; a contract ends once, when it is entered anew.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_reinsurancenotice
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_reinsurancenotice
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_delete BEFORE DELETE ON compliance_reinsurancecontract
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_reinsurancecontract
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
