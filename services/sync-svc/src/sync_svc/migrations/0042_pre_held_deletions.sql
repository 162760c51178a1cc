-- What the delete guard holds, until a person decides: one open row an administration and listing, renewed by each
-- complete reading that lacks too many records. `count` is set by the decision; until then it is how many items there are.
create table held_deletion (
    held_deletion_id  uuid        primary key,
    organisation_id   uuid        not null,
    administration_id uuid        not null,
    resource          text        not null,
    listing           text        not null,
    state             text        not null check (state in ('open', 'released', 'rejected')),
    run_id            uuid        not null,
    held_at           timestamptz not null,
    renewed_at        timestamptz not null,
    pages             int         not null,
    listed            int         not null,
    known             int         not null,
    vanished          int         not null,
    examples          text[]      not null,
    count             int,
    decided_by        text,
    decided_at        timestamptz,
    reason            text,
    deleted_at        timestamptz
);

create unique index held_deletion_open on held_deletion (administration_id, listing) where state = 'open';
create index held_deletion_of_organisation on held_deletion (organisation_id, held_deletion_id);
create index held_deletion_of_run on held_deletion (run_id);
create index held_deletion_to_delete on held_deletion (decided_at) where state = 'released' and deleted_at is null;

alter table held_deletion enable row level security;
alter table held_deletion force row level security;
create policy tenant on held_deletion using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- What is held, by the id that the listing gives it. One that is seen again leaves, whatever was decided.
create table held_record (
    administration_id uuid not null,
    listing           text not null,
    external_id       text not null,
    organisation_id   uuid not null,
    held_deletion_id  uuid not null,
    primary key (administration_id, listing, external_id)
);

create index held_record_of on held_record (held_deletion_id, external_id);

alter table held_record enable row level security;
alter table held_record force row level security;
create policy tenant on held_record using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
