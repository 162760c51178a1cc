-- Administrations as import-svc told of them, and the grant that each is read with: what the grant's next login must reach.

create table served_administration (
    administration_id uuid        primary key,
    organisation_id   uuid        not null,
    grant_id          uuid        not null,
    external_id       text        not null,
    vanished_at       timestamptz
);

create index served_administration_grant on served_administration (grant_id);

alter table served_administration enable row level security;
alter table served_administration force row level security;
create policy tenant on served_administration
    using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
