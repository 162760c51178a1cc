-- Draw a lot from every window of a spender, as many calls as all of them have, in one statement: rows are locked in the order
-- of their keys, and nothing is read that another's transaction could change meanwhile.
with asked as (
    select * from unnest($2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::boolean[])
        as a (name, scope, share, "limit", seconds, daily)
), held as materialized (
    select w.name, w.scope, w.lots, w.until, w.calls, w.left_calls, w.left_until, w.told_limit, w.empty_until, w.ends_at,
           a.share, a."limit", a.seconds, a.daily
    from rate_window w join asked a on (w.name, w.scope) = (a.name, a.scope)
    where w.provider = $1
    order by w.name, w.scope
    for update of w
), bounded as (
    select held.*,
           -- What was used before this counts no more.
           greatest(now() - make_interval(secs => seconds), case when daily and ends_at <= now() then ends_at end) as since,
           case when told_limit is null then share
                else greatest(1, least(share, floor(share::numeric * told_limit / "limit")::int)) end as allowed
    from held
), counted as (
    select bounded.*, kept.*, allowed - kept.taken - floor(allowed * $9::float8)::int as left_over
    from bounded cross join lateral (
        select coalesce(array_agg(e.lot), '{}') as kept_lots, coalesce(array_agg(e.until), '{}') as kept_until,
               coalesce(array_agg(e.calls), '{}') as kept_calls, coalesce(sum(e.calls), 0)::int as taken
        from unnest(lots, until, calls) as e (lot, until, calls)
        where e.until > since
    ) kept
), available as (
    select counted.*,
           least(left_over, case when left_until > now() then left_calls end, case when empty_until > now() then 0 end) as calls_left
    from counted
), granted as (
    select count(*)::int as windows, least($8::int, min(calls_left)) as calls from available
), saved as (
    update rate_window w
    set lots = a.kept_lots || $10::uuid, until = a.kept_until || (now() + $11::interval), calls = a.kept_calls || g.calls,
        left_calls = a.left_calls - g.calls, share = a.share, "limit" = a."limit", seconds = a.seconds
    from available a, granted g
    where w.provider = $1 and (w.name, w.scope) = (a.name, a.scope) and g.calls > 0 and g.windows = cardinality($2)
), spent as (
    insert into call_spend as s (organisation_id, administration_id, provider, endpoint, hour, calls, last_at, windows)
    select $12::uuid, $13::uuid, $1, $14::text, date_trunc('hour', now()), g.calls, now(), $15::text[]
    from granted g
    where g.calls > 0 and g.windows = cardinality($2)
    on conflict on constraint call_spend_key do update
        set calls = s.calls + excluded.calls, last_at = excluded.last_at, windows = excluded.windows
), blocking as (
    select name,
           greatest(
               case when empty_until > now() then empty_until end,
               case when left_until > now() and left_calls < 1 then left_until end,
               -- A lot that is out may come back at any time.
               case when left_over < 1 then least(
                   coalesce((
                       select min(free_at) from (
                           select free_at, sum(calls) over (order by free_at) as freed
                           from unnest(kept_lots, kept_until, kept_calls) as e (lot, until, calls),
                                lateral (select case when lot is not null and e.until > now() then now() + interval '1 s'
                                                     else e.until + make_interval(secs => seconds) end as free_at) f
                       ) coming
                       where freed >= 1 - left_over
                   ), now() + make_interval(secs => seconds)),
                   case when daily and ends_at > now() then ends_at end
               ) end
           ) as free_at
    from available
    where calls_left < 1
    order by free_at desc
    limit 1
)
select g.windows, coalesce(g.calls, 0) as calls, now() as drawn_at, b.name as "window", b.free_at,
       greatest(extract(epoch from b.free_at - now()), 0)::float8 as seconds
from granted g left join blocking b on true
