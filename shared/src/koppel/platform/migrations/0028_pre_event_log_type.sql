-- Events of one type, oldest first.
create index concurrently if not exists event_log_type on event_log (type, seq)
    where topic <> 'koppel.record.v1';
