-- What a consumer has applied, and what it could not apply yet.

create table consumer_head (
    consumer text   not null,
    topic    text   not null,
    key      text   not null,
    version  bigint not null,
    primary key (consumer, topic, key)
) with (fillfactor = 80);

-- Events of foreign publishers carry no version; they are deduplicated by id.
create table consumed_event (
    consumer    text        not null,
    event_id    text        not null,
    consumed_at timestamptz not null default now(),
    primary key (consumer, event_id)
);

create table parked_event (
    id              uuid        primary key,
    consumer        text        not null,
    topic           text        not null,
    partition       int         not null,
    "offset"        bigint      not null,
    key             text,
    version         bigint,
    event_id        text,
    type            text,
    organisation_id uuid,
    raw_key         bytea,
    raw_headers     jsonb       not null,
    raw_value       bytea,
    cause_class     text        not null check (cause_class in ('transient', 'permanent', 'malformed', 'gap')),
    cause_code      text        not null,
    cause_detail    text        not null,
    attempts        int         not null default 1,
    next_attempt_at timestamptz,
    parked_at       timestamptz not null default now(),
    unique (consumer, topic, partition, "offset")
);

create index parked_event_key on parked_event (consumer, topic, key);
create index parked_event_due on parked_event (next_attempt_at) where next_attempt_at is not null;

-- Followers of a parked event and events that came before their predecessors.
create table held_event (
    consumer    text        not null,
    topic       text        not null,
    partition   int         not null,
    "offset"    bigint      not null,
    key         text        not null,
    version     bigint,
    raw_key     bytea,
    raw_headers jsonb       not null,
    raw_value   bytea,
    held_at     timestamptz not null default now(),
    primary key (consumer, topic, partition, "offset")
);

create index held_event_key on held_event (consumer, topic, key, version, "offset");

alter table parked_event enable row level security;
alter table parked_event force row level security;
create policy tenant on parked_event using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
