-- Keys that a provider tells of. A notice comes once and is not signed: its key stays, sealed, until it was tried.
create table key_notice (
    id               uuid        primary key,
    organisation_id  uuid        not null,
    provider         text        not null,
    reference_sha256 bytea       not null,
    action           text        not null check (action in ('created', 'replaced', 'deleted')),
    -- A keyed hash of action and key: the same told again is no other notice.
    told_hash        bytea       not null,
    key              bytea,
    received_at      timestamptz not null,
    attempts         int         not null default 0,
    next_attempt_at  timestamptz not null,
    last_code        text,
    outcome          text,
    ended_at         timestamptz,
    unique (reference_sha256, told_hash),
    check ((key is null) = (outcome is not null)),
    check ((outcome is null) = (ended_at is null))
);

create index key_notice_due on key_notice (next_attempt_at) where outcome is null;
create index key_notice_ended on key_notice (ended_at) where outcome is not null;

alter table key_notice enable row level security;
alter table key_notice force row level security;
create policy tenant on key_notice using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- Which grant lives by the key of an activation link: what the provider tells of that key later comes under the same reference.
create table key_reference (
    reference_sha256 bytea       primary key,
    organisation_id  uuid        not null,
    grant_id         uuid        not null references connection_grant (id),
    created_at       timestamptz not null
);

create index key_reference_grant on key_reference (grant_id);

alter table key_reference enable row level security;
alter table key_reference force row level security;
create policy tenant on key_reference using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
