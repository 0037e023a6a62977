-- Every event has its leaf and still says what its leaf says; no salt is gone without a record.
SELECT problem, kind, key, leaf FROM audit_disagreements()
