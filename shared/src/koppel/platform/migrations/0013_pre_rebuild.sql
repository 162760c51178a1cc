-- What a rebuild has to know beyond where a stream is.

-- How far a consumer was before a rebuild took the stream back: up to there, events are applied again.
alter table consumer_head add column reached bigint;

-- The section holds every version of the stream from 1 on.
alter table replay_event add column whole boolean not null default false;

-- Of a rebuild: one of its streams is not in the log from version 1 on.
alter table replay add column incomplete_log boolean not null default false;
