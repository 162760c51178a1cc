-- Connections, their grants, and the login rounds that make grants.

create table connection (
    id              uuid        primary key,
    organisation_id uuid        not null,
    provider        text        not null,
    name            text        not null check (length(name) between 1 and 200),
    state           text        not null
        check (state in ('pending', 'active', 'reauthorization_required', 'revoked', 'deleted')),
    state_since     timestamptz not null,
    created_by      text        not null,
    created_at      timestamptz not null,
    unique (organisation_id, id)
);

-- A completed login: whose company, and the encrypted tokens. The row outlives its tokens, so that a borrower
-- hears that access was revoked, not that the grant never existed.
create table connection_grant (
    id                uuid        primary key,
    organisation_id   uuid        not null,
    connection_id     uuid        not null,
    provider          text        not null,
    state             text        not null check (state in ('active', 'reauthorization_required', 'revoked')),
    state_since       timestamptz not null,
    reason            text,
    who_must_act      text        check (who_must_act in ('customer', 'us', 'provider')),
    external_id       text,
    company_name      text,
    scopes            text[]      not null,
    authorized_by     text        not null,
    authorized_at     timestamptz not null,
    token_version     int         not null check (token_version >= 1),
    access_token      bytea,
    refresh_token     bytea,
    token_issued_at   timestamptz not null,
    token_expires_at  timestamptz not null,
    unique (organisation_id, connection_id, external_id),
    foreign key (organisation_id, connection_id) references connection (organisation_id, id),
    check ((access_token is null) = (state = 'revoked')),
    check ((external_id is null) = (company_name is null))
);

create index connection_grant_waiting on connection_grant (state) where state = 'reauthorization_required';

-- One started login. The state and the browser's cookie are kept as SHA-256, the PKCE verifier encrypted.
-- The endpoints are those of the start: the code goes nowhere else.
create table login_round (
    id              uuid        primary key,
    organisation_id uuid        not null,
    connection_id   uuid        not null,
    grant_id        uuid,
    provider        text        not null,
    return_url      text        not null,
    state_sha256    bytea       not null unique,
    browser_sha256  bytea       not null,
    code_verifier   bytea,
    endpoints       jsonb       not null,
    started_by      text        not null,
    started_at      timestamptz not null,
    expires_at      timestamptz not null,
    consumed_at     timestamptz,
    outcome         text        check (outcome in ('authorized', 'denied', 'failed', 'expired', 'cancelled')),
    code            text,
    ended_at        timestamptz,
    foreign key (organisation_id, connection_id) references connection (organisation_id, id),
    check ((outcome is null) = (ended_at is null))
);

create index login_round_open on login_round (expires_at) where outcome is null;
create index login_round_ended on login_round (ended_at) where outcome is not null;

alter table connection enable row level security;
alter table connection force row level security;
create policy tenant on connection using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table connection_grant enable row level security;
alter table connection_grant force row level security;
create policy tenant on connection_grant
    using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table login_round enable row level security;
alter table login_round force row level security;
create policy tenant on login_round using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
