-- A decision of the committee has a carried motion, and every vote of it came from somebody who
-- was in the meeting then and not recused.
SELECT decision.id AS decision_id
FROM credentialing_decision AS decision
JOIN credentialing_motion AS motion ON motion.id = decision.motion_id
JOIN credentialing_agendaitem AS item ON item.id = motion.item_id
WHERE motion.is_carried IS NOT TRUE
   OR motion.kind <> decision.outcome
   OR item.event_id <> decision.event_id
   OR item.packet_sha256 <> decision.packet_sha256
   OR NOT EXISTS (SELECT FROM credentialing_vote AS vote WHERE vote.motion_id = motion.id)
   OR EXISTS (
       SELECT FROM credentialing_vote AS vote
       WHERE vote.motion_id = motion.id
         AND (NOT EXISTS (
                 SELECT FROM credentialing_attendance AS here
                 WHERE here.meeting_id = item.meeting_id AND here.seat_id = vote.seat_id
                   AND here.arrived_at <= vote.voted_at
                   AND (here.left_at IS NULL OR vote.voted_at < here.left_at))
              OR EXISTS (
                 SELECT FROM credentialing_recusal AS away
                 WHERE away.item_id = item.id AND away.seat_id = vote.seat_id)));
