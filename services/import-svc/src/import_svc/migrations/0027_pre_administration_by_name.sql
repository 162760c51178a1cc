create index concurrently if not exists administration_by_name on administration (organisation_id, lower(name), id)
    where state <> 'removed';
