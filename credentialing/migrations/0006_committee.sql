-- What a committee did stays: recusals, votes, decisions, letters, minutes and pledges are only
-- added; of meetings, attendance, items, motions and conditions each end is written once.
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_meeting
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'locked_at locked_by_name rule', 'opened_at', 'closed_at', 'cancelled_at cancel_reason');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_attendance
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('left_at');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_agendaitem
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once(
        'frozen_at packet packet_sha256', 'ended_at end_kind end_reason');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_motion
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('closed_at is_carried result');
CREATE TRIGGER changes_once BEFORE UPDATE OR DELETE ON credentialing_condition
    FOR EACH ROW EXECUTE FUNCTION credentialing_changes_once('met_at met_text met_by_name');

-- A vote counts from whoever was there and took part: no vote by e-mail, none after leaving.
CREATE FUNCTION credentialing_vote_in_the_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM credentialing_motion AS motion
        JOIN credentialing_agendaitem AS item ON item.id = motion.item_id
        JOIN credentialing_attendance AS here ON here.meeting_id = item.meeting_id
        WHERE motion.id = NEW.motion_id AND here.seat_id = NEW.seat_id
          AND motion.closed_at IS NULL AND motion.made_at <= NEW.voted_at
          AND here.arrived_at <= NEW.voted_at
          AND (here.left_at IS NULL OR NEW.voted_at < here.left_at)
    ) OR EXISTS (
        SELECT FROM credentialing_recusal AS away
        JOIN credentialing_motion AS motion ON motion.item_id = away.item_id
        WHERE motion.id = NEW.motion_id AND away.seat_id = NEW.seat_id
    ) THEN
        RAISE EXCEPTION 'a vote needs a member in the meeting who is not recused'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_the_room BEFORE INSERT ON credentialing_vote
    FOR EACH ROW EXECUTE FUNCTION credentialing_vote_in_the_room();

-- Of a discussion only the sealing of its text may change, when keys are rotated.
CREATE FUNCTION credentialing_discussion_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR to_jsonb(OLD) - 'text_encrypted' IS DISTINCT FROM to_jsonb(NEW) - 'text_encrypted' THEN
        RAISE EXCEPTION 'discussion % stays as it was written', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON credentialing_discussion
    FOR EACH ROW EXECUTE FUNCTION credentialing_discussion_stays();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['pledge', 'recusal', 'vote', 'decision', 'decisionletter',
                                'minutes'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE '
            'ON credentialing_%I FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['pledge', 'recusal', 'vote', 'decision', 'decisionletter',
                                'minutes', 'meeting', 'attendance', 'agendaitem', 'motion',
                                'condition', 'discussion'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE '
            'ON credentialing_%I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', name);
    END LOOP;
END $$;
