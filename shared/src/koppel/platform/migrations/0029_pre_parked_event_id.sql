-- A parked event by the id that its publisher gave it.
create index concurrently if not exists parked_event_id on parked_event (event_id);
