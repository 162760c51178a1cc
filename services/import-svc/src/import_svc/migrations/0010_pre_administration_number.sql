create index concurrently if not exists administration_number on administration (organisation_id, kvk_number)
    where state <> 'removed' and kvk_number is not null;
