create index concurrently if not exists administration_by_id on administration (id);
