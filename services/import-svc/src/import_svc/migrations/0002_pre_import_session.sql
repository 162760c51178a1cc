-- The wizard: a session, what is known of each grant's discovery, and the candidates found.

create table import_session (
    id              uuid        primary key,
    organisation_id uuid        not null,
    connection_id   uuid        not null references connection,
    provider        text        not null,
    state           text        not null
        check (state in ('discovering', 'selecting', 'imported', 'failed', 'expired')),
    failure         jsonb,
    created_by      text        not null,
    created_at      timestamptz not null,
    settle_at       timestamptz not null,
    expires_at      timestamptz not null,
    -- When a worker has something to do for this session; null when nothing is known to be due.
    work_due_at     timestamptz
);

create index import_session_due on import_session (work_due_at) where work_due_at is not null;
create index import_session_open on import_session (connection_id) where state in ('discovering', 'selecting');
create index import_session_expiry on import_session (expires_at) where state in ('discovering', 'selecting');

alter table import_session enable row level security;
alter table import_session force row level security;
create policy tenant on import_session using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- One row a grant: a worker that takes the session over goes on where the former one stopped.
create table grant_discovery (
    session_id      uuid        not null references import_session,
    grant_id        uuid        not null references connection_grant,
    organisation_id uuid        not null,
    state           text        not null check (state in ('waiting', 'discovered', 'failed')),
    attempts        int         not null default 0,
    next_attempt_at timestamptz not null,
    failure         jsonb,
    primary key (session_id, grant_id)
);

create index grant_discovery_waiting on grant_discovery (session_id, next_attempt_at) where state = 'waiting';

alter table grant_discovery enable row level security;
alter table grant_discovery force row level security;
create policy tenant on grant_discovery using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

create table candidate (
    id                    uuid    primary key,
    organisation_id       uuid    not null,
    session_id            uuid    not null references import_session,
    grant_id              uuid    not null references connection_grant,
    provider              text    not null,
    external_id           text    not null,
    name                  text    not null,
    kvk_number            text    check (kvk_number ~ '^[0-9]{8}$'),
    vat_number            text,
    sbi_version           text,
    sector_code           text,
    selected              boolean not null default false,
    -- What the person stored; all null when nothing was.
    profile_kvk_number    text    check (profile_kvk_number ~ '^[0-9]{8}$'),
    profile_no_kvk_reason text,
    profile_sbi_version   text,
    profile_sector_code   text,
    -- Set when this session imported it.
    administration_id     uuid,
    unique (organisation_id, session_id, external_id)
);

create index candidate_session on candidate (session_id, id);

alter table candidate enable row level security;
alter table candidate force row level security;
create policy tenant on candidate using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
