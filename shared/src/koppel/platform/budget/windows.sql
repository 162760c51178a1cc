-- How each window stands, as `draw.sql` would find it.
select w.provider, w.name as "window", w.scope, allowed as "limit", w."limit" as provider_limit, w.seconds, used, reserved,
       greatest(least(allowed - used - reserved, case when w.left_until > now() then w.left_calls end,
                      case when w.empty_until > now() then 0 end), 0) as remaining,
       case when used + reserved > 0 or w.empty_until > now()
            then greatest(newest + make_interval(secs => w.seconds), case when w.empty_until > now() then w.empty_until end) end as resets_at
from rate_window w
cross join lateral (
    select case when told_limit is null then share
                else greatest(1, least(share, floor(share::numeric * told_limit / "limit")::int)) end as allowed
) a
cross join lateral (
    select coalesce(sum(calls) filter (where lot is null), 0)::int as used,
           coalesce(sum(calls) filter (where lot is not null), 0)::int as reserved, max(until) as newest
    from unnest(w.lots, w.until, w.calls) as e (lot, until, calls)
    where until > now() - make_interval(secs => w.seconds)
      and (w.ends_at is null or w.ends_at > now() or until > w.ends_at)
) e
where $1::text is null or w.provider = $1
order by (used + reserved)::numeric / allowed desc, w.provider, w.name, w.scope
limit $2
