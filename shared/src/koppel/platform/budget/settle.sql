-- Give back what a lot did not use, count what it used when it was used, and believe the provider's counters as far as they
-- leave less than we thought.
with asked as (
    select * from unnest($2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::bigint[], $7::bigint[], $8::float8[])
        as a (name, scope, daily, errors, told_limit, told_left, resets_in)
), held as materialized (
    select w.*, a.daily, a.errors, a.told_limit as new_limit, a.told_left, make_interval(secs => a.resets_in) as resets_in
    from rate_window w join asked a on (w.name, w.scope) = (a.name, a.scope)
    where w.provider = $1
    order by w.name, w.scope
    for update of w
), made as (
    select now() - make_interval(secs => m.ago) as at, m.refused from unnest($10::float8[], $11::boolean[]) as m (ago, refused)
), used as (
    select held.*, lot.drawn, lot.others, slots.*,
           case when left_until > now() then left_calls + lot.drawn - slots.spent + slots.known end as left_before,
           case when told_left is not null then greatest(told_left - lot.others, 0) end as left_told
    from held
    cross join lateral (
        select coalesce(sum(e.calls) filter (where e.lot = $9::uuid), 0)::int as drawn,
               coalesce(sum(e.calls) filter (where e.lot <> $9::uuid), 0)::int as others
        from unnest(lots, until, calls) as e (lot, until, calls)
    ) lot
    cross join lateral (
        -- Calls that the counters knew already when they were told are not taken from them twice.
        select count(*)::int as spent, (count(*) filter (where at <= left_at))::int as known
        from made where refused or not errors
    ) slots
), entries as (
    select used.name, used.scope, kept.*
    from used cross join lateral (
        select coalesce(array_agg(lot), '{}') as lots, coalesce(array_agg(until), '{}') as until,
               coalesce(array_agg(calls), '{}') as calls
        from (
            select lot, until, sum(calls)::int as calls
            from (
                select e.lot, e.until, e.calls from unnest(used.lots, used.until, used.calls) as e (lot, until, calls)
                where e.lot is distinct from $9::uuid
                union all
                -- A sixtieth of the window is near enough; the end of it, so that no call counts for too short.
                select null, date_bin(width, at, 'epoch') + width, 1
                from made, (select make_interval(secs => used.seconds / 60.0) as width) w
                where refused or not errors
            ) every
            where until > now() - make_interval(secs => used.seconds)
            group by lot, until
        ) merged
    ) kept
), saved as (
    update rate_window w
    set lots = e.lots, until = e.until, calls = e.calls,
        left_calls = least(u.left_before, u.left_told),
        left_at = case when u.left_told < coalesce(u.left_before, u.left_told + 1) then now() else u.left_at end,
        left_until = case when u.left_told is null then u.left_until
                          else greatest(u.left_until, now() + coalesce(u.resets_in, make_interval(secs => u.seconds))) end,
        told_limit = case when u.new_limit is null then u.told_limit when u.new_limit < u."limit" then u.new_limit::int end,
        -- A day ends when it was told to, or later; the next one is not over before it can be.
        ends_at = case when not u.daily or u.resets_in is null then u.ends_at
                       when u.ends_at is null or u.ends_at > now() then greatest(u.ends_at, now() + u.resets_in)
                       when now() + u.resets_in >= u.ends_at + make_interval(secs => u.seconds * 23 / 24) then now() + u.resets_in
                       else u.ends_at end
    from used u join entries e on (u.name, u.scope) = (e.name, e.scope)
    where w.provider = $1 and (w.name, w.scope) = (u.name, u.scope)
), spent as (
    update call_spend
    set calls = greatest(calls - ($16::int - cardinality($10)), 0),
        refused = refused + (select count(*) filter (where refused) from made)::int,
        last_at = now()
    where organisation_id = $12::uuid and administration_id is not distinct from $13::uuid and provider = $1
      and endpoint = $14::text and hour = date_trunc('hour', $15::timestamptz)
)
select count(*)::int from held
