-- A file that was not applied left no line, premium or fact behind.
SELECT file.id, file.status FROM capitation_planfile AS file
WHERE file.status <> 'applied' AND (
    EXISTS (SELECT FROM capitation_remittanceline AS line WHERE line.file_id = file.id)
    OR EXISTS (SELECT FROM capitation_premium AS premium WHERE premium.file_id = file.id)
    OR EXISTS (SELECT FROM capitation_coveragespan AS span WHERE span.file_id = file.id)
    OR EXISTS (SELECT FROM capitation_pcpassignment AS span WHERE span.file_id = file.id))
