-- What a company's own page at its provider said, and when it was last asked for: within a day a wizard does not ask again.
alter table seen_company add column vat_number text, add column details_at timestamptz;
