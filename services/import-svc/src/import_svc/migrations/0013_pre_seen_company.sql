-- What the last look at a package showed of a company, imported or not; `gone_at` since a look did not show it any more.
create table seen_company (
    organisation_id uuid        not null,
    provider        text        not null,
    external_id     text        not null,
    connection_id   uuid        not null,
    grant_id        uuid        not null,
    name            text        not null,
    kvk_number      text,
    seen_at         timestamptz not null,
    gone_at         timestamptz,
    primary key (organisation_id, provider, external_id)
);

create index seen_company_grant on seen_company (grant_id) where gone_at is null;

alter table seen_company enable row level security;
alter table seen_company force row level security;
create policy tenant on seen_company using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table candidate add column seen_as text not null default 'new'
    check (seen_as in ('new', 'known', 'renamed', 'moved', 'gone'));
