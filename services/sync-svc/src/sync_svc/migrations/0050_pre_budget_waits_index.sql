create index concurrently if not exists sync_run_waits_for_budget on sync_run (lane)
    where waiting_for = 'budget' and state <> 'finished';
