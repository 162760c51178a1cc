-- A better lane that somebody asked for while a worker had its turn, which is charged in the one before.
alter table sync_run add column hastened_to smallint;
