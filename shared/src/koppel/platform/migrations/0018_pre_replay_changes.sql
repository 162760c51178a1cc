-- What a replay changes at this consumer: rows by table and operation, events by type.
alter table lane_progress add column changes jsonb not null default '{}';
alter table lane_progress add column appends jsonb not null default '{}';
alter table lane_progress add column estimated boolean not null default false;

-- What becomes of each event, and why: ranges of versions in the order of the replay.
create table lane_verdict (
    consumer     text   not null,
    replay_id    uuid   not null,
    phase        text   not null check (phase in ('rehearsal', 'run')),
    position     bigint not null,
    topic        text   not null,
    key          text   not null,
    from_version bigint,
    to_version   bigint,
    verdict      text   not null check (verdict in ('apply', 'skip', 'hold', 'park')),
    reason       text   not null,
    primary key (replay_id, consumer, phase, position)
);
