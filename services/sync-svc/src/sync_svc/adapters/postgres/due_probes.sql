-- Pauses to be probed now: it is their time, or a person waits and the last probe was a minute ago. While a probe is in a
-- living worker's hands there is no other.
select scope, id, organisation_id, rule, probes, resource from sync_pause pause
where next_probe_at is not null
  and (next_probe_at <= now() or (probed_at <= now() - $3::interval and exists (
          select from sync_run run join held_administration held using (administration_id)
          where run.lane = 0 and run.state in ('queued', 'deferred')
            and (held.scope, held.id) = (pause.scope, pause.id))))
  and not exists (
      select from sync_run run join lease on lease.kind = $2 and lease.subject = run.run_id and lease.expires_at > now()
      where run.administration_id = pause.probed and run.state = 'running')
order by probed_at limit $1
for update skip locked
