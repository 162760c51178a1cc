-- Keys and the life of tokens.

-- Data keys, wrapped by the key-encryption key. Deleting an organisation's keys makes its values unreadable.
create table data_key (
    organisation_id uuid        not null,
    version         int         not null check (version >= 1),
    wrapped         bytea       not null,
    created_at      timestamptz not null default now(),
    primary key (organisation_id, version)
);

-- The rotation journal: one row for each token version that was, or is being, replaced. A row `intended` without
-- an answer is a call whose outcome nobody knows; `answered` holds the new tokens until they are stored.
create table token_rotation (
    organisation_id  uuid        not null,
    grant_id         uuid        not null references connection_grant (id),
    from_version     int         not null,
    state            text        not null
        check (state in ('intended', 'answered', 'stored', 'proven', 'refused', 'superseded')),
    attempts         int         not null default 1,
    unanswered       int         not null default 1,
    not_before       timestamptz,
    last_code        text,
    access_token     bytea,
    refresh_token    bytea,
    token_issued_at  timestamptz,
    token_expires_at timestamptz,
    intended_at      timestamptz not null,
    answered_at      timestamptz,
    stored_at        timestamptz,
    proven_at        timestamptz,
    primary key (organisation_id, grant_id, from_version),
    check ((access_token is not null) = (state = 'answered'))
);

-- Tokens that must still be withdrawn at the package. The token goes as soon as that is done or given up.
create table provider_revocation (
    id              uuid        primary key,
    organisation_id uuid        not null,
    subject_id      uuid        not null,
    provider        text        not null,
    token_field     text        not null,
    token_version   int         not null,
    token           bytea,
    attempts        int         not null default 0,
    next_attempt_at timestamptz not null,
    last_code       text,
    outcome         text        check (outcome in ('revoked', 'given_up')),
    created_at      timestamptz not null,
    ended_at        timestamptz,
    check ((token is null) = (outcome is not null))
);

create index provider_revocation_due on provider_revocation (next_attempt_at) where outcome is null;

alter table data_key enable row level security;
alter table data_key force row level security;
create policy tenant on data_key using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table token_rotation enable row level security;
alter table token_rotation force row level security;
create policy tenant on token_rotation using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table provider_revocation enable row level security;
alter table provider_revocation force row level security;
create policy tenant on provider_revocation
    using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
