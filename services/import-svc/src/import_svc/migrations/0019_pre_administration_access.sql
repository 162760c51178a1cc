-- Which logins of an organisation reach which companies: what discovery and logins told.
create table administration_access (
    organisation_id uuid        not null,
    provider        text        not null,
    external_id     text        not null,
    grant_id        uuid        not null,
    seen_at         timestamptz not null,
    primary key (organisation_id, provider, external_id, grant_id)
);

create index administration_access_grant on administration_access (grant_id);

alter table administration_access enable row level security;
alter table administration_access force row level security;
create policy tenant on administration_access
    using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

insert into administration_access (organisation_id, provider, external_id, grant_id, seen_at)
select organisation_id, provider, external_id, grant_id, imported_at from administration where state <> 'removed';
