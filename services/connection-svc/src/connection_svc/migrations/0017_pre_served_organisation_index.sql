-- How many administrations an office has.

create index concurrently if not exists served_administration_organisation on served_administration (organisation_id);
