-- What a consumer did with replays that came by its lane, and which gaps it asked to be filled.

create table lane_progress (
    consumer          text        not null,
    replay_id         uuid        not null,
    phase             text        not null check (phase in ('rehearsal', 'run')),
    position          bigint      not null default 0,
    total             bigint      not null default 0,
    applied           bigint      not null default 0,
    skipped           bigint      not null default 0,
    held              bigint      not null default 0,
    parked            bigint      not null default 0,
    streams           bigint      not null default 0,
    events            bigint      not null default 0,
    moved             text,
    reported_position bigint      not null default -1,
    reported_at       timestamptz not null default '-infinity',
    updated_at        timestamptz not null default now(),
    primary key (consumer, replay_id, phase)
);

create index lane_progress_unreported on lane_progress (consumer) where reported_position <> position;

-- How a stream stood in the rehearsal, and where the run is with it. `planned_held` and `held` are ranges of versions
-- that wait here already, `[[from, to], …]`. `resume_head` is the head that a rebuild took back; it returns at the
-- section's end.
create table lane_stream (
    consumer       text    not null,
    replay_id      uuid    not null,
    topic          text    not null,
    key            text    not null,
    planned_head   bigint,
    planned_parked boolean,
    planned_held   jsonb,
    state          text    not null check (state in ('open', 'passed', 'done')),
    head           bigint  not null,
    blocked        boolean not null default false,
    held           jsonb   not null default '[]',
    base           bigint,
    resume_head    bigint,
    primary key (consumer, replay_id, topic, key)
);

create index lane_stream_rebuilt on lane_stream (consumer, topic, key)
    where state = 'open' and resume_head is not null;

create table gap_request (
    consumer     text        not null,
    topic        text        not null,
    key          text        not null,
    from_version bigint      not null,
    times        int         not null,
    asked_at     timestamptz not null,
    primary key (consumer, topic, key)
);
