-- A frozen packet is the text whose hash stands beside it.
SELECT id AS item_id, packet_sha256
FROM credentialing_agendaitem
WHERE frozen_at IS NOT NULL
  AND encode(sha256(convert_to(packet, 'UTF8')), 'hex') <> packet_sha256;
