-- Windows that have no row: new ones, and what somebody deleted. What was spent in their time counts as if it were spent
-- now, so that a row that was lost lets nobody draw twice.
insert into rate_window (provider, name, scope, share, "limit", seconds, lots, until, calls)
select $1, a.name, a.scope, a.share, a."limit", a.seconds,
       array_fill(null::uuid, array[(known.calls > 0)::int]), array_fill(now() + $8::interval, array[(known.calls > 0)::int]),
       array_fill(known.calls, array[(known.calls > 0)::int])
from unnest($2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::boolean[])
    as a (name, scope, share, "limit", seconds, errors)
cross join lateral (
    select coalesce(sum(case when a.errors then s.refused else s.calls end), 0)::int as calls
    from call_spend s
    where s.provider = $1 and s.hour > now() - make_interval(secs => a.seconds) - interval '1 h'
      and s.last_at > now() - make_interval(secs => a.seconds) - $8::interval
      and a.name || ' ' || a.scope = any (s.windows)
) known
order by a.name, a.scope
on conflict do nothing
