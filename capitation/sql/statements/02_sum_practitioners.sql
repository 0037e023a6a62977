-- Reads: shares of the runs to be stated. Answers what each practitioner of a payee earned, for the
-- month itself and for earlier months.
SELECT s.payee_id, s.practitioner_id,
       sum(s.provider_cents - s.withhold_cents)
           FILTER (WHERE s.coverage_month = %(month)s::date)::bigint AS current_cents,
       sum(s.provider_cents - s.withhold_cents)
           FILTER (WHERE s.coverage_month <> %(month)s::date)::bigint AS retro_cents,
       count(*) FILTER (
           WHERE s.coverage_month = %(month)s::date AND s.provider_cents <> 0) AS members
FROM capitation_share AS s
WHERE s.run_id = ANY (%(runs)s::bigint[]) AND s.payee_id <> %(unassigned)s
GROUP BY s.payee_id, s.practitioner_id
ORDER BY s.payee_id, s.practitioner_id
