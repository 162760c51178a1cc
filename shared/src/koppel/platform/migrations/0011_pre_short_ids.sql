-- Ids of events without a version are kept as digests (`_identity` of the consumer's inbox): less than half the space.
update consumed_event
set event_id = encode(substr(sha256(convert_to(event_id, 'UTF8')), 1, 12), 'base64');
