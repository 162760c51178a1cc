-- How many administrations the import session brought, as its events say since they say so.
alter table administration add column import_session_size int;
