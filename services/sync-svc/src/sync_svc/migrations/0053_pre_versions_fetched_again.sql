-- A whole reading fetches an item again whatever its version says, and compares: what differs under the same version was missed.
alter table listed_version add column fetch_again boolean not null default false;
