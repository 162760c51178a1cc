create index concurrently if not exists administration_list on administration (organisation_id, administration_id)
    where removed_reason is null;
