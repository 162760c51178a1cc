-- Administrations as import-svc told of them, and what each is assigned to.

create table administration (
    organisation_id   uuid        not null,
    id                uuid        not null,
    name              text        not null,
    connection_id     uuid        not null,
    import_session_id uuid        not null,
    imported_at       timestamptz not null,
    arrived_at        timestamptz not null default clock_timestamp(),
    primary key (organisation_id, id)
);

create index administration_import_session on administration (organisation_id, import_session_id);

-- The foreign keys are what refuses to delete a division or template in use, whoever comes first.
-- Users are an array: one row a change, however many people see an administration.
create table assignment (
    organisation_id   uuid   not null,
    administration_id uuid   not null,
    division_id       uuid,
    template_id       uuid,
    user_ids          uuid[] not null,
    rule              text   not null check (rule in ('default', 'plan')),
    plan_id           uuid,
    version           bigint not null,
    primary key (organisation_id, administration_id),
    constraint division_in_use foreign key (organisation_id, division_id) references division (organisation_id, id),
    constraint template_in_use foreign key (organisation_id, template_id) references template (organisation_id, id)
) with (fillfactor = 80);

create index assignment_division on assignment (organisation_id, division_id) where division_id is not null;
create index assignment_template on assignment (organisation_id, template_id) where template_id is not null;
create index assignment_users on assignment using gin (user_ids);

alter table administration enable row level security;
alter table administration force row level security;
create policy tenant on administration using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table assignment enable row level security;
alter table assignment force row level security;
create policy tenant on assignment using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
