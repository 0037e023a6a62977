-- The days that files stood in each step until they were decided, as they were counted until now;
-- what is kept is only added to.
WITH stood AS (
    SELECT d.id AS decision_id, m.step, s.at,
           coalesce(lead(s.at) OVER way, d.decided_at) AS left_at,
           min(s.at) FILTER (WHERE s.to_status IN ('submitted', 'verifying')) OVER whole AS begun
    FROM credentialing_decision AS d
    JOIN credentialing_eventstep AS s ON s.event_id = d.event_id AND s.at <= d.decided_at
    LEFT JOIN (VALUES ('submitted', 'look'), ('verifying', 'verify'), ('verified', 'hand_on'),
                       ('queued', 'decide'), ('on_agenda', 'decide'), ('stopped', 'stopped'),
                       ('incomplete', 'provider'), ('applying', 'provider'),
                       ('invited', 'provider')) AS m(status, step)
      ON m.status = s.to_status
    WINDOW way AS (PARTITION BY s.event_id ORDER BY s.at, s.id),
           whole AS (PARTITION BY s.event_id)
), kept AS (
    SELECT decision_id, step, extract(epoch FROM left_at - at) / 86400 AS days
    FROM stood WHERE at >= begun AND step IS NOT NULL
), told AS (
    SELECT decision_id,
           round(sum(days) FILTER (WHERE step = 'look'), 1) AS look,
           round(sum(days) FILTER (WHERE step = 'verify'), 1) AS verify,
           round(sum(days) FILTER (WHERE step = 'hand_on'), 1) AS hand_on,
           round(sum(days) FILTER (WHERE step = 'decide'), 1) AS decide,
           round(sum(days) FILTER (WHERE step = 'stopped'), 1) AS stopped,
           round(sum(days) FILTER (WHERE step = 'provider'), 1) AS provider,
           round(coalesce(sum(days) FILTER (WHERE step <> 'provider'), 0), 1) AS whole
    FROM kept GROUP BY decision_id
)
INSERT INTO credentialing_filedays
       (decision_id, decision_date, kind, look, verify, hand_on, decide, stopped, provider, whole)
SELECT d.id, d.decision_date, e.kind,
       t.look, t.verify, t.hand_on, t.decide, t.stopped, t.provider, t.whole
FROM credentialing_decision AS d
JOIN credentialing_credentialingevent AS e ON e.id = d.event_id
LEFT JOIN told AS t ON t.decision_id = d.id;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON credentialing_filedays
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON credentialing_filedays
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
