-- Administrations that left, until all their records are told as deleted: up to where that is done, by resource and id.
create table departure (
    administration_id uuid        primary key,
    organisation_id   uuid        not null,
    left_at           timestamptz not null,
    resource          text        not null default '',
    external_id       text        not null default ''
);

create index departure_left on departure (left_at);

alter table departure enable row level security;
alter table departure force row level security;
create policy tenant on departure using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- Those that left under the release before.
insert into departure (administration_id, organisation_id, left_at)
select administration_id, organisation_id, now() from administration where removed_reason is not null;
