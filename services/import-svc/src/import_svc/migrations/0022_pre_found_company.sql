-- Since when a daily look shows a company that nobody has seen in a wizard; null: a person saw it, or it has no books.
alter table seen_company add column found_at timestamptz;

create index seen_company_found on seen_company (organisation_id, provider, external_id) where found_at is not null;
