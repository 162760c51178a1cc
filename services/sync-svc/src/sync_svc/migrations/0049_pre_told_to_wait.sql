-- Whether the wait that a run is in was told of in an event; a page that is applied ends it.
alter table sync_run add column told_to_wait boolean not null default false;

update sync_run set told_to_wait = true where state <> 'finished' and (waiting_for = 'budget' or fruitless_deferrals > 0);
