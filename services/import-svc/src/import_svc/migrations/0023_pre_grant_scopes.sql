-- What the login allowed, separated by spaces as OAuth writes it; null: told before this column came.
alter table connection_grant add column scopes text;
