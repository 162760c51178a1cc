-- Which event a head was raised by, as a digest (`Arrival.digest`): the same version under another id is a conflict.
-- Null, as all heads before this, is believed.
alter table consumer_head add column event_digest text;

-- Held once for each event, however often a replay brings it.
alter table held_event add column event_digest text;

-- Set apart from its stream: nothing waits behind it, and its version does not count.
alter table parked_event add column apart boolean not null default false;
