-- A login can cover more companies than one answer of its package holds: a worker that takes over goes on at the page
-- behind those that were stored. `continuation` is the package's; null is the first page.
alter table grant_discovery
    add column continuation text,
    add column pages        int not null default 0;
