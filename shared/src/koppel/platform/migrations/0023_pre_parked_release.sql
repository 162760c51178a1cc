-- Parked events that an operator has tried again as one act, in steps, and what became of each.

create table parked_release (
    id         uuid        primary key,
    consumer   text        not null,
    actor      text        not null,
    reason     text        not null,
    filter     jsonb       not null,
    rate       int,
    ladder     int[]       not null,
    asked      int         not null,
    state      text        not null check (state in ('running', 'stopped', 'finished')),
    step       int         not null default 1,
    released   int         not null default 0,
    step_began_at timestamptz,
    created_at timestamptz not null default now(),
    ended_at   timestamptz
);

create index parked_release_running on parked_release (consumer, id) where state = 'running';

-- `step` and `released_at` are null as long as its turn has not come, `outcome` until it was applied or waits for an operator again.
create table parked_release_event (
    release_id  uuid        not null references parked_release (id) on delete cascade,
    place       int         not null,
    parked_id   uuid        not null,
    step        int,
    released_at timestamptz,
    outcome     text        check (outcome in ('applied', 'parked_again')),
    primary key (release_id, place)
);

create index parked_release_event_open on parked_release_event (parked_id) where outcome is null;
