-- Where nothing names what is gone a part, like a record, is removed only after two whole readings without it.
-- A process of the release before neither reads nor writes the marks.
alter table record_part add column missed smallint not null default 0;
