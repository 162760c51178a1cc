"""How many processes of each service run: `KOPPEL_PROCESSES="sync-svc=2,import-svc=2"`."""

from koppel_local.failure import SetupFailed
from koppel_local.stack.layout import SERVICES

VARIABLE = "KOPPEL_PROCESSES"
MOST = 4
_HINT = f'Write it as "sync-svc=2", several with a comma between, at most {MOST} each.'


def more_processes(given: str | None) -> dict[str, int]:
    """By service how many run beside its first. Raises `SetupFailed` (`processes_invalid`)."""
    wanted = [each.strip().partition("=") for each in (given or "").split(",") if each.strip()]
    names = {service.name for service in SERVICES}
    for name, _, count in wanted:
        if name not in names or count not in map(str, range(1, MOST + 1)):
            detail = f"{VARIABLE} names {name[:40]!r} with {count[:10]!r} processes."
            raise SetupFailed("processes_invalid", detail, hint=_HINT)
    return {name: int(count) - 1 for name, _, count in wanted if count != "1"}


def name_of(service: str, number: int) -> str:
    """What the second, third … process of a service is called."""
    return f"{service}-{number}"
