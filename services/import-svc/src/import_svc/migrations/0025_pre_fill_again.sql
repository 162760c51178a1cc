-- What 0014 and 0019 were to fill from what was there: they ran without seeing a row, since row level security is forced on
-- the owner and migrations did not say that they are the system.
insert into seen_company (organisation_id, provider, external_id, connection_id, grant_id, name, shown_name, kvk_number, seen_at)
select organisation_id, provider, external_id, connection_id, grant_id, name, name, kvk_number, imported_at
from administration where state <> 'removed'
on conflict do nothing;

insert into administration_access (organisation_id, provider, external_id, grant_id, seen_at)
select organisation_id, provider, external_id, grant_id, imported_at from administration where state <> 'removed'
on conflict do nothing;
