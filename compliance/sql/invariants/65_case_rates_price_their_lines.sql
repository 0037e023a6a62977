-- A claim that is priced is worth the sum of its lines; a line included in a case rate costs
-- nothing, and a case is paid once in a claim.
SELECT c.id AS claim_id, c.allowed_cents, sum(l.allowed_cents) AS lines_cents
FROM compliance_claim AS c JOIN compliance_claimline AS l ON l.claim_id = c.id
WHERE c.id IN (SELECT claim_id FROM compliance_claimline WHERE case_rate_id IS NOT NULL)
GROUP BY c.id
HAVING c.allowed_cents IS NOT NULL AND c.allowed_cents <> sum(l.allowed_cents)
UNION ALL
SELECT claim_id, allowed_cents, 0 FROM compliance_claimline
WHERE is_included AND (case_rate_id IS NULL OR allowed_cents <> 0)
UNION ALL
SELECT l.claim_id, sum(l.allowed_cents), r.cents
FROM compliance_claimline AS l JOIN compliance_caserate AS r ON r.id = l.case_rate_id
WHERE r.per = 'case'
GROUP BY l.claim_id, r.id, r.cents
HAVING sum(l.allowed_cents) <> r.cents;
