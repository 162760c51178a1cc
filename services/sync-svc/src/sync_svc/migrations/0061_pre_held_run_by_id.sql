-- Asked of one run at a time, by its id. `nullif` lets no partial index of open runs fit: PostgreSQL takes that for small where its
-- statistics are older than a burst, and went through all that wait for each run that it was asked for.
create or replace view held_run with (security_invoker = true) as
select run.run_id
from sync_run run
where nullif(run.state, 'finished') is not null and run.cancel_requested_by is null
  and (exists (select from held_administration held
               where held.administration_id = run.administration_id
                 and held.probed is distinct from run.administration_id)
       or run.resources <@ array(
              select pause.resource from sync_pause pause
              where pause.scope = 'resource' and pause.administration_id = run.administration_id
                and pause.probed is distinct from run.administration_id));
