-- When a look last counted as one that missed the company: two looks within the hour are one mistake of the package.
alter table seen_company add column missed_at timestamptz;
