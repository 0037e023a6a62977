-- What was expected of a month stays as it was entered.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance_encounterexpectation
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON compliance_encounterexpectation
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
