-- Who may call a provider next is decided by calls, not by runs (docs/adr/0019). A lane is a priority.

-- `calls`: made so far, every try. `charged`: what its organisation was charged for it; more than `calls` while a worker
-- has a turn, or died in one. `waiting_for`: what holds up a run that was begun; `turn` of one that a worker left between
-- two pages, and `prepared_at` when such a run had its epoch checked and its removals read, so that not every turn does.
alter table sync_run
    add column calls       int not null default 0,
    add column charged     int not null default 0,
    add column prepared_at timestamptz,
    add column waiting_for text constraint sync_run_waiting_for check (waiting_for in ('budget', 'turn', 'pause'));

-- `clock`: where the organisation stood that was served last; nobody begins below it, so nothing is saved up while a
-- queue is empty. `calls`: charged in this lane in all. `owed`: thousandths of a call that the lane lacks of its reserved
-- share, reckoned up to when all lanes stood at `seen_total` calls and this one at `seen`.
create table sync_lane (
    lane       smallint primary key,
    clock      bigint   not null default 0,
    calls      bigint   not null default 0,
    owed       bigint   not null default 0,
    seen       bigint   not null default 0,
    seen_total bigint   not null default 0
) with (fillfactor = 50);

insert into sync_lane (lane) values (0), (1), (2);

-- The calls that an organisation was charged in a lane: a quotient by the quantum is its round, the rest what it used of
-- its deficit. A row that is missing stands at the lane's clock.
create table sync_turn (
    lane            smallint not null,
    organisation_id uuid     not null,
    spent           bigint   not null,
    primary key (lane, organisation_id)
) with (fillfactor = 50);

alter table sync_turn enable row level security;
alter table sync_turn force row level security;
create policy tenant on sync_turn using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
