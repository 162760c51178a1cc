-- Which import brought it; null for those of before this column.
alter table administration add column import_session_id uuid;
