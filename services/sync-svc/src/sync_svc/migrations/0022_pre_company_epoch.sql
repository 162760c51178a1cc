-- A text of the package's that changes when all its cursors of a company became worthless, as it was seen last.
create table company_epoch (
    administration_id uuid primary key,
    organisation_id   uuid not null,
    epoch             text not null
);

alter table company_epoch enable row level security;
alter table company_epoch force row level security;
create policy tenant on company_epoch using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
