"""How the data of many administrations stands, without their resources: a page in any order, and how many there are.

The page is chosen first, from the administrations alone where their order allows it; runs and policies are read for its rows only.
"""

from collections.abc import Mapping

from sync_svc.application.views import StatusOrder

_ENDED = "from sync_run run where run.administration_id = administration.administration_id and run.state = 'finished'"
_LAST_SYNCED = f"(select max(finished_at) {_ENDED} and outcome in ('changed', 'unchanged', 'partial'))"
_FILTER = f"""
from administration
where ($1::uuid is null or organisation_id = $1) and removed_reason is null
  and ($2::uuid is null or import_session_id = $2)
  and ($3::boolean is null or $3 = (
      exists (select from held_administration held where held.administration_id = administration.administration_id)
      or exists (select from sync_pause pause where pause.administration_id = administration.administration_id)))
  and ($4::text is null or $4 = (select outcome {_ENDED} order by finished_at desc limit 1))
  and ($5::text is null or strpos(lower(name), lower($5)) > 0)
  and ($6::uuid[] is null or administration_id = any ($6))
"""
STATUS_COUNT = f"select count(*) {_FILTER}"
"""$1 to $6: organisation, import, paused, outcome, text, ids; each may be null."""


def _page(*keys: str, down: bool = False) -> str:
    """$7 is the id of the row before the page, whose keys are read again; $8 how many rows."""
    compare, direction = ("<", "desc") if down else (">", "asc")
    key = ", ".join((*keys, "administration_id"))
    order = ", ".join(f"{each} {direction}" for each in (*keys, "administration_id"))
    return f"""
with page as materialized (
    select administration_id, organisation_id, name, provider, row_number() over (order by {order}) as place {_FILTER}
      and ($7::uuid is null or ({key}) {compare} (select {key} from administration where administration_id = $7))
    order by {order} limit $8
)
select administration.*, {_LAST_SYNCED} as last_synced_at, policy.next_due_at, last.outcome, last.seconds
from page administration
left join lateral (
    select outcome, extract(epoch from finished_at - started_at)::float as seconds {_ENDED} order by finished_at desc limit 1
) last on true
left join sync_policy policy on policy.administration_id = administration.administration_id and policy.enabled
order by administration.place
"""


_NAME = "lower(coalesce(name, ''))"
_SYNCED = f"coalesce({_LAST_SYNCED}, '-infinity')"
STATUS_PAGES: Mapping[StatusOrder | None, str] = {
    None: _page(),
    StatusOrder.NAME: _page(_NAME),
    StatusOrder.NAME_REVERSED: _page(_NAME, down=True),
    StatusOrder.LAST_SYNCED: _page(_SYNCED),
    StatusOrder.LAST_SYNCED_REVERSED: _page(_SYNCED, down=True),
}
