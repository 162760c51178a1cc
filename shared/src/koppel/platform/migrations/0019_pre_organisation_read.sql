-- Which office an operator read lately, and by which route: of the reads of fifteen minutes one is in the audit trail.

create table organisation_read (
    actor           text        not null,
    organisation_id uuid        not null,
    route           text        not null,
    at              timestamptz not null,
    primary key (actor, organisation_id, route)
);

create index organisation_read_at on organisation_read (at);

alter table organisation_read enable row level security;
alter table organisation_read force row level security;
create policy tenant on organisation_read using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
