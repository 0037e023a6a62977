-- Where a practitioner is listed in a network, they take part with its payer through the practice
-- of that place on every day of the listing. Reads listings and participations known now.
SELECT l.id AS listing_id, r.practitioner_id, l.effective_date, l.end_date
FROM credentialing_networklisting AS l
JOIN credentialing_practitionerrole AS r ON r.id = l.role_id
JOIN credentialing_location AS place ON place.id = r.location_id
JOIN credentialing_network AS n ON n.id = l.network_id
WHERE l.superseded_no IS NULL
  AND (l.end_date IS NULL OR l.end_date > l.effective_date)
  AND NOT daterange(l.effective_date, l.end_date) <@ (
      SELECT COALESCE(range_agg(daterange(p.effective_date, p.end_date)), '{}'::datemultirange)
      FROM credentialing_participation AS p
      WHERE p.practitioner_id = r.practitioner_id
        AND p.practice_id = place.practice_id
        AND p.payer_party_id = n.payer_party_id
        AND p.superseded_no IS NULL
        AND (p.end_date IS NULL OR p.end_date > p.effective_date)
  )
