create index concurrently if not exists administration_twins on administration (organisation_id, kvk_number, id)
    where state <> 'removed' and kvk_number is not null;
