-- Now, and the parts of administration-minutes in which the objective was not met; this moment counts as one more minute.
with present as (
    select provider, count(*) as administrations, count(*) filter (where unmet is null) as met
    from administration_freshness group by provider
), told as (
    select provider, now() as at, administrations, met from present
    union all
    select provider, at, administrations, met from freshness_sample where at > now() - interval '6 hours'
)
select provider, present.administrations, present.met,
       (1 - (sum(told.met) filter (where at > now() - interval '1 hour'))
          / sum(told.administrations) filter (where at > now() - interval '1 hour'))::float as unmet_in_1h,
       (1 - sum(told.met) / sum(told.administrations))::float as unmet_in_6h
from present join told using (provider)
group by provider, present.administrations, present.met
order by provider
