-- Of which tokens it was told that they are about to die, and at how many days left: once each.
alter table connection_grant add column expiry_told_version int, add column expiry_told_days int;
