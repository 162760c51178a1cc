-- Grants the next turn, when it is to be had: to a run that no worker has, with its lease, or ($6) to one whose worker
-- asks for another turn, unless it is somebody else's. The lanes are locked, so grants come one after another.
-- $1 owner, $2 length of the lease, $3 quantum, $4 reserved shares by lane in thousandths, $5 runs to pass over.
with recursive queue (lane, organisation_id, since) as (
    -- Organisations with open runs: one step of the index each, however many runs they have.
    (select lane, organisation_id, not_before from sync_run
     where state <> 'finished' order by lane, organisation_id, not_before limit 1)
    union all
    select following.* from queue cross join lateral (
        select lane, organisation_id, not_before from sync_run
        where state <> 'finished' and (lane, organisation_id) > (queue.lane, queue.organisation_id)
        order by lane, organisation_id, not_before limit 1
    ) following
), waiting as (
    -- By lane the organisation that was charged least, and its run that waits longest.
    select lane.lane, first.organisation_id, first.stands_at, first.run_id
    from sync_lane lane cross join lateral (
        select organisation.organisation_id, organisation.stands_at, run.run_id
        from (
            select queue.organisation_id, queue.since, greatest(turn.spent, lane.clock) as stands_at
            from queue left join sync_turn turn using (lane, organisation_id)
            where queue.lane = lane.lane
            order by stands_at, since
        ) organisation
        cross join lateral (
            select run_id from sync_run
            where lane = lane.lane and organisation_id = organisation.organisation_id
              and state <> 'finished' and not_before <= now() and run_id <> all ($5::uuid[])
              and (run_id = $6 or not exists (
                      select from lease where kind = 'sync_run' and subject = sync_run.run_id and expires_at > now()))
              and (state <> 'queued' or not exists (
                      select from sync_run in_work
                      where in_work.administration_id = sync_run.administration_id
                        and in_work.state in ('running', 'deferred')))
              and not exists (select from held_run where held_run.run_id = sync_run.run_id)
            order by not_before, run_id limit 1 for update skip locked
        ) run
        order by organisation.stands_at, organisation.since limit 1
    ) first
), standing as (
    -- What a lane that waits, be it for its provider's limit, lacks of its share, at most two turns; what it has too much
    -- of, at most one.
    select lane.lane, total.calls as total, case when waiting.run_id is null and (
               select true from sync_run
               where lane = lane.lane and waiting_for = 'budget' and state <> 'finished' limit 1) is null
           then 0 else greatest(
               -1000 * $3::bigint,
               least(2000 * $3::bigint,
                     lane.owed + ($4::int[])[lane.lane + 1] * (total.calls - lane.seen_total)
                     - 1000 * (lane.calls - lane.seen))) end as owed
    from sync_lane lane left join waiting using (lane)
    cross join (select sum(calls)::bigint as calls from sync_lane) total
), chosen as (
    select waiting.* from waiting join standing using (lane)
    order by (($4::int[])[lane + 1] > 0 and owed >= 1000 * $3::bigint) desc, lane limit 1
), granted as (
    select coalesce($6, chosen.run_id) as run_id, chosen.stands_at
    from chosen left join sync_run mine on mine.run_id = $6
    where $6 is null or (mine.lane, mine.organisation_id) = (chosen.lane, chosen.organisation_id)
), leased as (
    insert into lease as held (kind, subject, owner, fence, expires_at)
    select 'sync_run', run_id, $1, nextval('lease_fence'), now() + $2 from granted where $6 is null
    on conflict (kind, subject) do update
        set owner = excluded.owner, fence = excluded.fence, expires_at = excluded.expires_at,
            takeovers = held.takeovers + 1
        where held.expires_at < now()
    returning subject, fence, takeovers
), charged as (
    update sync_run set charged = sync_run.calls + $3
    from granted left join leased on leased.subject = granted.run_id
    where sync_run.run_id = granted.run_id and (granted.run_id = $6 or leased.fence is not null)
    returning sync_run.run_id, sync_run.lane, sync_run.organisation_id, granted.stands_at,
              new.charged - old.charged as calls, leased.fence, leased.takeovers
), turn as (
    insert into sync_turn (lane, organisation_id, spent)
    select lane, organisation_id, stands_at + calls from charged
    on conflict (lane, organisation_id) do update set spent = excluded.spent
), lanes as (
    update sync_lane
    set owed = standing.owed, seen = sync_lane.calls, seen_total = standing.total,
        calls = sync_lane.calls + coalesce(charged.calls, 0),
        clock = greatest(sync_lane.clock, charged.stands_at)
    from standing left join charged using (lane)
    where sync_lane.lane = standing.lane
)
select run_id, coalesce(fence, 0) as fence, coalesce(takeovers, 0) as takeovers from charged
