-- What was due under pauses and is held by none any more is due again: ten a second, so that nothing comes as a herd.
with free as (
    select administration_id, row_number() over (order by administration_id) - 1 as place
    from sync_policy
    where missed and enabled
      and not exists (select from held_administration held
                      where held.administration_id = sync_policy.administration_id)
)
update sync_policy
set missed = false, next_due_at = least(next_due_at, now() + free.place * interval '100 milliseconds')
from free where sync_policy.administration_id = free.administration_id
