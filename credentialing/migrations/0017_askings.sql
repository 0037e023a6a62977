-- A letter is given up once, beside being answered or withdrawn; reminders and letters stay.
DROP TRIGGER changes_once ON credentialing_inquiry;
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_inquiry
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'answered_at verification_id', 'withdrawn_at', 'given_up_at');
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['inquiryreminder', 'applicantreminder', 'withdrawalletter'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
