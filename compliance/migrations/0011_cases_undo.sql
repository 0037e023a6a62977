DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT t.tgname, t.tgrelid::regclass AS name FROM pg_trigger AS t
         WHERE NOT t.tgisinternal
           AND t.tgname IN ('stays', 'ended_once', 'withdrawn_once', 'done_once',
                            'refuse_delete', 'refuse_truncate')
           AND t.tgrelid::regclass::text = ANY ('{compliance_case,compliance_casehandler,
               compliance_caseperson,compliance_casetask,compliance_casefile,compliance_caseevent,
               compliance_hotlinereport,compliance_hotlinemessage,compliance_casedeputy}'::text[])
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', found.tgname, found.name);
    END LOOP;
    FOR found IN
        SELECT p.polname, p.polrelid::regclass AS name FROM pg_policy AS p
         WHERE pg_get_expr(p.polqual, p.polrelid) LIKE '%compliance_case_open(%'
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', found.polname, found.name);
    END LOOP;
END $$;
DROP FUNCTION compliance_case_open(uuid);
DROP FUNCTION compliance_mailbox_open(uuid);
DROP FUNCTION compliance_is_case_file(text);
