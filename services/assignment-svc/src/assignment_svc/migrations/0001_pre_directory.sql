-- The office's directory. Ids are chosen by the office, so they are unique within one only.

create table office_user (
    organisation_id uuid not null,
    id              uuid not null,
    name            text not null,
    email           text not null,
    role            text not null,
    primary key (organisation_id, id)
);

create index office_user_beheerder on office_user (organisation_id) where role = 'beheerder';

create table division (
    organisation_id uuid not null,
    id              uuid not null,
    name            text not null,
    primary key (organisation_id, id)
);

create table template (
    organisation_id uuid not null,
    id              uuid not null,
    name            text not null,
    primary key (organisation_id, id)
);

alter table office_user enable row level security;
alter table office_user force row level security;
create policy tenant on office_user using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table division enable row level security;
alter table division force row level security;
create policy tenant on division using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

alter table template enable row level security;
alter table template force row level security;
create policy tenant on template using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
