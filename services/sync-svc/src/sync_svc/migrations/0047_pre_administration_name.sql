-- What the provider calls the company, for lists: null until it is told, at the import or when it is renamed.
alter table administration add column name text;
