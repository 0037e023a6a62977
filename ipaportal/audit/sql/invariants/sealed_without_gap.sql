-- Sealed places count up from 0 without a gap, each has a leaf, and none that was sealed is gone.
SELECT s.position, s.leaf_id, 'no leaf' AS problem FROM audit_sealedleaf AS s
WHERE NOT EXISTS (SELECT FROM audit_leaf AS l WHERE l.id = s.leaf_id)
UNION ALL
SELECT max(position), NULL, 'places missing' FROM audit_sealedleaf
HAVING max(position) + 1 <> count(*)
UNION ALL
SELECT max(size), NULL, 'fewer places than were sealed' FROM audit_checkpoint
HAVING max(size) <> (SELECT count(*) FROM audit_sealedleaf)
