-- Posted entries, published statements and released files are as they were when that happened.
SELECT 'ledger.entry.posted' AS kind, e.id FROM ledger_entry AS e
LEFT JOIN audit_step AS s ON s.kind = 'ledger.entry.posted' AND s.subject = e.id::text
WHERE e.status = 'posted' AND s.payload IS DISTINCT FROM ledger_entry_evidence(e)
UNION ALL
SELECT 'capitation.statement.published', t.id FROM capitation_statement AS t
LEFT JOIN audit_step AS s ON s.kind = 'capitation.statement.published' AND s.subject = t.id::text
WHERE s.payload IS DISTINCT FROM capitation_statement_evidence(t)
UNION ALL
SELECT 'capitation.run.posted', r.id FROM capitation_run AS r
LEFT JOIN audit_step AS s ON s.kind = 'capitation.run.posted' AND s.subject = r.id::text
WHERE r.status = 'posted' AND s.payload IS DISTINCT FROM capitation_run_evidence(r)
UNION ALL
SELECT 'capitation.paymentbatch.released', b.id FROM capitation_paymentbatch AS b
LEFT JOIN audit_step AS s
    ON s.kind = 'capitation.paymentbatch.released' AND s.subject = b.id::text
WHERE b.status = 'released' AND s.payload ->> 'file_sha256' IS DISTINCT FROM b.file_sha256
