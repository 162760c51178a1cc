-- A run is one synchronisation of one administration. Two partial indexes hold the rule that requests join:
-- at most one run in work and at most one waiting behind it.

create table sync_run (
    run_id              uuid        primary key,
    organisation_id     uuid        not null,
    administration_id   uuid        not null references administration,
    trigger             text        not null check (trigger in ('import', 'schedule', 'user', 'operator', 'service')),
    mode                text        not null check (mode in ('incremental', 'full')),
    resources           text[],
    lane                smallint    not null,
    state               text        not null check (state in ('queued', 'running', 'deferred', 'finished')),
    outcome             text        check (outcome in ('changed', 'unchanged', 'partial', 'failed', 'cancelled', 'abandoned')),
    failure             jsonb,
    requested_by        text        not null,
    requested_at        timestamptz not null,
    started_at          timestamptz,
    finished_at         timestamptz,
    not_before          timestamptz not null default now(),
    cancel_requested_by text,
    progressed_at       timestamptz,
    percent             smallint    not null default 0,
    fruitless_starts    smallint    not null default 0,
    fruitless_deferrals smallint    not null default 0,
    correlation_id      uuid,
    causation_id        uuid,
    traceparent         text,
    constraint outcome_is_explicit check ((state = 'finished') = (outcome is not null and finished_at is not null))
) with (fillfactor = 80);

create unique index sync_run_in_work on sync_run (administration_id) where state in ('running', 'deferred');
create unique index sync_run_waiting on sync_run (administration_id) where state = 'queued';
create index sync_run_open on sync_run (lane, requested_at) where state <> 'finished';
create index sync_run_finished on sync_run (finished_at) where state = 'finished';
create index sync_run_newest on sync_run (administration_id, run_id desc);
create index sync_run_organisation on sync_run (organisation_id, run_id desc);

alter table sync_run enable row level security;
alter table sync_run force row level security;
create policy tenant on sync_run using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- Which run answers a request; many requests may be answered by one run.
create table sync_request (
    sync_request_id uuid        primary key,
    organisation_id uuid        not null,
    run_id          uuid        not null references sync_run,
    trigger         text        not null,
    requested_by    text        not null,
    requested_at    timestamptz not null
);

create index sync_request_run on sync_request (run_id);

alter table sync_request enable row level security;
alter table sync_request force row level security;
create policy tenant on sync_request using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- How far a run is in one listing, and what it did there. `next_page` moves in the transaction that applies the
-- page before it, so a run that is taken up again goes on where its records end.
create table run_listing (
    run_id          uuid        not null references sync_run,
    organisation_id uuid        not null,
    resource        text        not null,
    listing         text        not null,
    position        smallint    not null,
    state           text        not null check (state in ('waiting', 'running', 'done', 'failed', 'unsupported')),
    changed_since   timestamptz,
    server_time     timestamptz,
    keeps_ids       boolean     not null default false,
    next_page       int         not null default 1,
    at_end          boolean     not null default false,
    total           int,
    expected        int,
    fetched         int         not null default 0,
    changed         int         not null default 0,
    deleted         int         not null default 0,
    unchanged       int         not null default 0,
    failed          int         not null default 0,
    failure         jsonb,
    primary key (run_id, listing)
) with (fillfactor = 70);

alter table run_listing enable row level security;
alter table run_listing force row level security;
create policy tenant on run_listing using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- Up to where a listing was read: the provider's clock when its last finished reading began.
create table sync_cursor (
    administration_id uuid        not null references administration,
    listing           text        not null,
    resource          text        not null,
    organisation_id   uuid        not null,
    watermark         timestamptz,
    total             int,
    run_id            uuid        not null,
    moved_at          timestamptz not null,
    primary key (administration_id, listing)
);

alter table sync_cursor enable row level security;
alter table sync_cursor force row level security;
create policy tenant on sync_cursor using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
