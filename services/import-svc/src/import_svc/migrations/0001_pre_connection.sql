-- What import-svc knows of connections and their grants, from connection-svc's events.

create table connection (
    id              uuid primary key,
    organisation_id uuid not null,
    provider        text not null,
    name            text not null,
    state           text not null check (state in ('pending', 'active', 'revoked', 'deleted'))
);

alter table connection enable row level security;
alter table connection force row level security;
create policy tenant on connection using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

create table connection_grant (
    id              uuid        primary key,
    organisation_id uuid        not null,
    connection_id   uuid        not null references connection,
    state           text        not null check (state in ('active', 'reauthorization_required', 'revoked'))
);

create index connection_grant_connection on connection_grant (connection_id);

alter table connection_grant enable row level security;
alter table connection_grant force row level security;
create policy tenant on connection_grant using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
