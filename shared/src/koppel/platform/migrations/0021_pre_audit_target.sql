-- What was done to something, newest first: the id is the second part of a target.

create index concurrently if not exists audit_entry_target on audit_entry (split_part(target, '/', 2), id);
