-- What other services told: which administrations there are and through which grant each is read.

create table administration (
    administration_id uuid        primary key,
    organisation_id   uuid        not null,
    connection_id     uuid        not null,
    grant_id          uuid        not null,
    provider          text        not null,
    external_id       text        not null,
    imported_at       timestamptz not null,
    removed_reason    text
);

create index administration_grant on administration (grant_id);

alter table administration enable row level security;
alter table administration force row level security;
create policy tenant on administration using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

create table connection_grant (
    grant_id        uuid primary key,
    organisation_id uuid not null,
    connection_id   uuid not null,
    state           text not null check (state in ('active', 'reauthorization_required', 'revoked'))
);

create index connection_grant_connection on connection_grant (connection_id);

alter table connection_grant enable row level security;
alter table connection_grant force row level security;
create policy tenant on connection_grant using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- When an administration synchronises by itself. `resources` null means all.
create table sync_policy (
    administration_id uuid        primary key references administration,
    organisation_id   uuid        not null,
    enabled           boolean     not null,
    interval_minutes  int         not null check (interval_minutes between 5 and 10080),
    resources         text[],
    next_due_at       timestamptz not null
);

create index sync_policy_due on sync_policy (next_due_at) where enabled;

alter table sync_policy enable row level security;
alter table sync_policy force row level security;
create policy tenant on sync_policy using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
