-- Seldom among increments: what a sweep of an administration took is found by the newest of them.
create index concurrently if not exists sync_run_full on sync_run (administration_id, run_id desc)
    where mode = 'full' and state = 'finished';
