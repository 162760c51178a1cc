"""Every screen by its address, as its part sees it; what stands in braces is made by `organisations`."""

from collections.abc import Iterable, Mapping

OWN = (
    "/",
    "/connections",
    "/connections/new",
    "/connections/returned?connection_id={connection}&outcome=authorized",
    "/connections/{connection}",
    "/connections/{connection}/remove",
    "/imports/{session}",
    "/imports/{session}/profiles",
    "/imports/{imported}/assign",
    "/plans/{plan}",
    "/administrations",
    "/administrations?q=77",
    "/administrations?outcome=changed",
    "/administrations?paused=true",
    "/administrations/{administration}",
    "/administrations/{administration}/remove",
    "/administrations/{administration}/records",
    "/administrations/{administration}/runs",
    "/administrations/{administration}/story",
    "/administrations/{administration}/schedule",
    "/runs/{run}",
    "/reauthorizations",
    "/held-deletions",
    "/users",
    "/divisions",
    "/templates",
)
OPERATORS = (
    "/ops",
    "/ops/causes",
    "/ops/cause?service=sync-svc&consumer=sync-svc&kind=malformed&code={code}",
    "/ops/parked/sync-svc/{parked}",
    "/ops/releases",
    "/ops/releases/sync-svc/{release}",
    "/ops/replays",
    "/ops/replays/new",
    "/ops/replays/import-svc/{replay}",
    "/ops/replays/import-svc/{replay}/verdicts?at=sync-svc",
    "/ops/streams?topic={topic}&key={administration}",
    "/ops/events?administration_id={administration}",
    "/ops/timeline/{administration}",
    "/ops/consumers",
    "/ops/administrations",
    "/ops/administrations?q=77",
    "/ops/connections",
    "/ops/connections/{connection}",
    "/ops/runs",
    "/ops/runs/{run}",
    "/ops/pauses",
    "/ops/logins",
    "/ops/held-deletions",
    "/ops/organisations",
    "/ops/audit",
    "/ops/budget",
    "/ops/freshness",
    "/ops/find?id={administration}",
)


def addresses(screens: Iterable[str], things: Mapping[str, str]) -> dict[str, str]:
    """Where each screen is, by how the table names it. Raises `KeyError` for a thing that is not there."""
    return {each: each.format(**things) for each in screens}
