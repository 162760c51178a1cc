-- Plans: for each administration where it was, with the version that the plan was computed from, and where it
-- would go. No foreign keys to the directory: a plan outlives what it names, and is refused as stale then.

create table assignment_plan (
    organisation_id uuid        not null,
    id              uuid        not null,
    state           text        not null check (state in ('planned', 'applied', 'undone')),
    created_by      text        not null,
    created_at      timestamptz not null,
    applied_at      timestamptz,
    undone_at       timestamptz,
    primary key (organisation_id, id)
);

create index assignment_plan_created on assignment_plan (created_at);

create table assignment_plan_item (
    organisation_id    uuid   not null,
    plan_id            uuid   not null,
    administration_id  uuid   not null,
    before_version     bigint not null,
    before_division_id uuid,
    before_template_id uuid,
    before_user_ids    uuid[] not null,
    before_rule        text   not null,
    before_plan_id     uuid,
    after_division_id  uuid,
    after_template_id  uuid,
    after_user_ids     uuid[] not null,
    applied_version    bigint,
    undone_version     bigint,
    primary key (organisation_id, plan_id, administration_id),
    foreign key (organisation_id, plan_id) references assignment_plan (organisation_id, id) on delete cascade
);

alter table assignment_plan enable row level security;
alter table assignment_plan force row level security;
create policy tenant on assignment_plan using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table assignment_plan_item enable row level security;
alter table assignment_plan_item force row level security;
create policy tenant on assignment_plan_item using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
