-- What somebody did, newest first.

create index concurrently if not exists audit_entry_actor on audit_entry (actor, id);
