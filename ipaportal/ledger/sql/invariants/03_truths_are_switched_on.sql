-- The triggers that keep posted rows as they are exist and are switched on.
SELECT wanted.relation, wanted.trigger, coalesce(found.tgenabled::text, 'missing') AS state
FROM (VALUES
    ('ledger_entry', 'begins_pending'), ('ledger_entry', 'changes_once'),
    ('ledger_entry', 'refuse_delete'), ('ledger_entry', 'refuse_truncate'),
    ('ledger_posting', 'go_to_pending'), ('ledger_posting', 'refuse_change'),
    ('ledger_posting', 'refuse_truncate'), ('ledger_account', 'refuse_change'),
    ('ledger_account', 'refuse_truncate'), ('ledger_hold', 'ends_once'),
    ('ledger_hold', 'refuse_delete'), ('ledger_hold', 'refuse_truncate')
) AS wanted (relation, trigger)
LEFT JOIN pg_trigger found
    ON found.tgrelid = to_regclass(wanted.relation) AND found.tgname = wanted.trigger
WHERE found.tgenabled IS DISTINCT FROM 'O'
