-- What earlier files brought: their payments stay remembered, and what a plan said again every
-- month stands in the work-lists once. Keys are checked at once, so that indexes can follow.
SET CONSTRAINTS ALL IMMEDIATE;

INSERT INTO capitation_planpayment (payer_id, file_id, transaction_no, trace_number, is_notice)
SELECT file.payer_id, file.id, trace.no, left(trace.number, 128), false
FROM capitation_planfile AS file,
     jsonb_array_elements_text(file.figures -> 'traces') WITH ORDINALITY AS trace (number, no)
WHERE file.status = 'applied' AND trace.number <> ''
ORDER BY file.id, trace.no
ON CONFLICT DO NOTHING;

UPDATE capitation_unmatchedrow AS unmatched
SET payer_id = file.payer_id, last_file_id = file.id, last_seen_at = file.received_at,
    key = CASE unmatched.kind WHEN 'pcp' THEN left(lower(COALESCE(
        NULLIF(unmatched.values ->> 'npi', ''), unmatched.values ->> 'name', '')), 200)
        ELSE '' END
FROM capitation_planfile AS file
WHERE file.id = unmatched.file_id;

WITH alike AS (
    SELECT min(id) AS kept_id, max(file_id) AS last_file_id, max(last_seen_at) AS last_seen_at,
           count(DISTINCT file_id) AS files, payer_id, member_id, key,
           min(values ->> 'effective_date') AS first_day,
           max(values ->> 'effective_date') AS latest_day
    FROM capitation_unmatchedrow
    WHERE kind = 'pcp' AND resolved_at IS NULL AND member_id IS NOT NULL
    GROUP BY payer_id, member_id, key HAVING count(*) > 1
),
kept AS (
    UPDATE capitation_unmatchedrow AS unmatched
    SET files = alike.files, last_file_id = alike.last_file_id, last_seen_at = alike.last_seen_at,
        values = unmatched.values || jsonb_build_object(
            'effective_date', alike.first_day, 'latest_date', alike.latest_day)
    FROM alike WHERE alike.kept_id = unmatched.id
)
UPDATE capitation_unmatchedrow AS unmatched
SET resolved_at = now(), resolution = 'the same as row ' || alike.kept_id || ', kept once'
FROM alike
WHERE unmatched.kind = 'pcp' AND unmatched.resolved_at IS NULL AND unmatched.id <> alike.kept_id
  AND unmatched.payer_id = alike.payer_id AND unmatched.member_id = alike.member_id
  AND unmatched.key = alike.key;
