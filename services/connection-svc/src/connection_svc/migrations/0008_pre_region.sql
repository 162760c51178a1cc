-- Which of a package's regions a login is at; null where the package has one place for all.

alter table connection add column region text;
alter table connection_grant add column region text;
alter table provider_revocation add column region text;
