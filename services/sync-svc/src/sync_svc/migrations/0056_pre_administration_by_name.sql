create index concurrently if not exists administration_by_name
    on administration (organisation_id, lower(coalesce(name, '')), administration_id) where removed_reason is null;
