-- The lines of a universe have the hash that stands beside them; each item drawn is one of them.
SELECT u.id AS universe_id, NULL::bigint AS item_id
FROM compliance_audituniverse AS u
WHERE encode(sha256(convert_to(u.population || E'\n', 'UTF8')), 'hex') <> u.population_sha256
UNION ALL
SELECT u.id, i.id
FROM compliance_audititem AS i
JOIN compliance_auditdraw AS d ON d.id = i.draw_id
JOIN compliance_audituniverse AS u ON u.id = d.universe_id
WHERE strpos(E'\n' || u.population || E'\n', E'\n' || i.key || E'\t' || i.row_sha256 || E'\n') = 0;
