create index concurrently if not exists sync_run_queue on sync_run (lane, organisation_id, not_before, run_id)
    where state <> 'finished';
