-- How many numbers an organisation had looked up on a day (UTC): each costs money.
create table registry_use (
    organisation_id uuid primary key,
    day             date not null,
    look_ups        int  not null
);

alter table registry_use enable row level security;
alter table registry_use force row level security;
create policy tenant on registry_use using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
