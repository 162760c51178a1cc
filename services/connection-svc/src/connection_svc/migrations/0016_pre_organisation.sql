-- What offices are called. The names are for people who look for an office, and are told to nobody else.

create table organisation (
    organisation_id uuid        primary key,
    name            text        not null check (length(name) between 1 and 200),
    named_by        text        not null,
    named_at        timestamptz not null
);

alter table organisation enable row level security;
alter table organisation force row level security;
create policy tenant on organisation using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
