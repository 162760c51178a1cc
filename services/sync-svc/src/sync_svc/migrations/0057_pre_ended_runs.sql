create index concurrently if not exists sync_run_ended on sync_run (administration_id, finished_at desc)
    where state = 'finished';
