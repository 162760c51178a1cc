-- The events of one conversation, oldest first.
create index concurrently if not exists event_log_correlation on event_log (correlation_id, seq)
    where topic <> 'koppel.record.v1';
