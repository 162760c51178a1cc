-- Replays of what this service's log holds: asked for, rehearsed by their targets, run.

create table replay (
    id              uuid        primary key,
    state           text        not null check (state in ('planning', 'planned', 'running', 'paused', 'cancelling',
                                                          'finished', 'cancelled', 'stale')),
    mode            text        not null check (mode in ('repair', 'rebuild', 'snapshot')),
    filter          jsonb       not null,
    parked_only     boolean     not null,
    rate            int         not null check (rate between 1 and 10000),
    organisation_id uuid,
    reason          text        not null,
    actor           text        not null,
    events          bigint      not null,
    streams         bigint      not null,
    -- There is something to send, or to finish.
    working         boolean     not null,
    -- `consumer/topic/key` of a gap that asked for this replay.
    gap             text,
    detail          text,
    differences     jsonb       not null default '[]',
    created_at      timestamptz not null default now(),
    planned_at      timestamptz,
    started_at      timestamptz,
    resumed_at      timestamptz,
    resumed_from    bigint      not null default 0,
    ended_at        timestamptz
);

create index replay_working on replay (id) where working;
create unique index replay_gap on replay (gap) where gap is not null and ended_at is null;
create index replay_gap_asked on replay (gap, created_at) where gap is not null;

alter table replay enable row level security;
alter table replay force row level security;
create policy tenant on replay using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- One target: how far each phase was sent (`…_at` is a place in the pick, `…_sent` counts its lane's records) and
-- what it reported last. Targets that are no service of ours report nothing.
create table replay_target (
    replay_id      uuid    not null references replay on delete cascade,
    consumer       text    not null,
    reports        boolean not null,
    topics         text[]  not null,
    total          bigint  not null,
    rehearsal_at   bigint  not null default 0,
    rehearsal_sent bigint  not null default 0,
    run_at         bigint  not null default 0,
    run_sent       bigint  not null default 0,
    -- Of a rebuild: what was begun must be sent up to `reach` and on to its section's end, whatever happens.
    section_open   boolean not null default false,
    reach          bigint  not null default 0,
    rehearsal      jsonb,
    run            jsonb,
    primary key (replay_id, consumer)
);

-- The pick, frozen when the replay was planned: later events are no part of it. `upto` is the stream's last version.
create table replay_event (
    replay_id uuid    not null,
    position  bigint  not null,
    topic     text    not null,
    seq       bigint,
    logged_on date,
    first     boolean not null,
    last      boolean not null,
    upto      bigint  not null,
    primary key (replay_id, position)
);

-- Events that were never logged as such: the state of records when their snapshot was planned.
create table replay_snapshot (
    replay_id       uuid        not null,
    position        bigint      not null,
    event_id        uuid        not null,
    key             text        not null,
    version         bigint      not null,
    type            text        not null,
    organisation_id uuid        not null,
    occurred_at     timestamptz not null,
    payload         text        not null,
    primary key (replay_id, position)
);

alter table replay_snapshot enable row level security;
alter table replay_snapshot force row level security;
create policy tenant on replay_snapshot
    using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
