-- Pauses by cause. A provider's rows are nobody's alone: they carry the nil organisation, everybody may read them, and
-- only the system changes them.

-- Failures in a row of one rule, without a success between; `administration_ids` are those that failed.
create table sync_trouble (
    scope              text   not null check (scope in ('resource', 'administration', 'grant', 'provider')),
    id                 text   not null,
    organisation_id    uuid   not null,
    rule               text   not null,
    failures           int    not null,
    administration_ids uuid[] not null,
    primary key (scope, id)
);

alter table sync_trouble enable row level security;
alter table sync_trouble force row level security;
create policy tenant on sync_trouble using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- What is not synchronised now. `probed` is the administration that is tried meanwhile; `administration_id` and `resource`
-- are there where the pause is of an administration or a resource of one.
create table sync_pause (
    scope             text        not null check (scope in ('resource', 'administration', 'grant', 'provider')),
    id                text        not null,
    organisation_id   uuid        not null,
    rule              text        not null,
    failure           jsonb       not null,
    resumes_when      text        not null check (resumes_when in ('login', 'probe', 'login_or_probe')),
    since             timestamptz not null default now(),
    act_by            timestamptz,
    administration_id uuid,
    resource          text,
    probes            int         not null default 0,
    probed            uuid,
    probed_at         timestamptz not null default now(),
    next_probe_at     timestamptz,
    primary key (scope, id)
);

create index sync_pause_administration on sync_pause (administration_id);

alter table sync_pause enable row level security;
alter table sync_pause force row level security;
create policy tenant on sync_pause using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
create policy everybody on sync_pause for select using (scope = 'provider');

-- Which pauses hold an administration as a whole. One that was removed is held by none: what runs of it has to end.
create view held_administration with (security_invoker = true) as
select administration.administration_id, administration.organisation_id,
       pause.scope, pause.id, pause.probed
from administration
join sync_pause pause on (pause.scope, pause.id) in (
    ('administration', administration.administration_id::text),
    ('grant', administration.grant_id::text),
    ('provider', administration.provider)
)
where administration.removed_reason is null;

-- Runs that no worker may take: a pause holds their administration, or all the resources that they are of, and they are not
-- its probe. What is to be cancelled may be taken: it has to end.
create view held_run with (security_invoker = true) as
select run.run_id
from sync_run run
where run.state <> 'finished' and run.cancel_requested_by is null
  and (exists (select from held_administration held
               where held.administration_id = run.administration_id
                 and held.probed is distinct from run.administration_id)
       or run.resources <@ array(
              select pause.resource from sync_pause pause
              where pause.scope = 'resource' and pause.administration_id = run.administration_id
                and pause.probed is distinct from run.administration_id));

-- It was due under a pause: it is due again when that ends.
alter table sync_policy add column missed boolean not null default false;
