-- What probes at the provider told of a company before it is imported. `due_at`: it waits to be asked; `findings` is null
-- until it was asked to the end.
create table company_check (
    organisation_id uuid        not null,
    provider        text        not null,
    external_id     text        not null,
    grant_id        uuid        not null,
    due_at          timestamptz,
    attempts        int         not null default 0,
    findings        jsonb,
    checked_at      timestamptz,
    primary key (organisation_id, provider, external_id)
);

create index company_check_due on company_check (provider, due_at) where due_at is not null;

alter table company_check enable row level security;
alter table company_check force row level security;
create policy tenant on company_check using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
