-- Full looks in a row that did not show the company; with the second one its administration has vanished.
alter table seen_company
    add column missed_looks int  not null default 0,
    add column status       text not null default 'active',
    -- As a person saw it in a wizard; null: nobody did yet. The daily look leaves it, so that a wizard still tells what is new.
    add column shown_name   text;

update seen_company set shown_name = name;

insert into seen_company (organisation_id, provider, external_id, connection_id, grant_id, name, shown_name, kvk_number, seen_at)
select organisation_id, provider, external_id, connection_id, grant_id, name, name, kvk_number, imported_at
from administration where state <> 'removed'
on conflict do nothing;

alter table administration add column vanished_at timestamptz;

-- A look is a session that nobody started and nobody sees: discovery alone.
alter table import_session add column purpose text not null default 'import' check (purpose in ('import', 'look'));
