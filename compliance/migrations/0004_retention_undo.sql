DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['compliance_legalhold', 'compliance_holdcustodian',
                                'compliance_purge', 'compliance_purgeapproval',
                                'compliance_purgeitem', 'capitation_planfile',
                                'credentialing_document', 'credentialing_roster',
                                'credentialing_planroster'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS kept ON %I', name);
        EXECUTE format('DROP TRIGGER IF EXISTS kept_whole ON %I', name);
    END LOOP;
END $$;
DROP TRIGGER by_rule ON compliance_purgeitem;
DROP TRIGGER anothers ON compliance_purgeapproval;
DROP TRIGGER stays ON compliance_legalhold;
DROP FUNCTION compliance_purges_by_rule();
DROP FUNCTION compliance_agrees_to_anothers();
DROP FUNCTION compliance_hold_stays();
