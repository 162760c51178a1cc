"""The parts of the stack, a line each, in 80 columns. What is cut short stands whole in `koppel status --json`."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from koppel_local.stack.status import StackStatus

_PLACE = 27
_PIDS = 23


def part_lines(status: StackStatus) -> list[str]:
    """Name, state, address, processes."""
    postgres, kafka = status["postgres"], status["kafka"]
    sandbox, identity, console = status["sandbox"], status["identity"], status["console"]
    parts = [
        ("postgres", _database(postgres["dsn"]), postgres["ready"], postgres["pids"]),
        ("kafka", kafka["bootstrap_servers"], kafka["ready"], kafka["pids"]),
        *((name, part["url"], part["ready"], part["pids"]) for name, part in status["services"].items()),
        ("sandbox", sandbox["url"], sandbox["ready"], sandbox["pids"]),
        ("identity", identity["url"], identity["ready"], identity["pids"]),
        ("console", console["url"], console["ready"], console["pids"]),
    ]
    return [_line(*part) for part in parts]


def _line(name: str, place: str | None, ready: bool, pids: Sequence[int]) -> str:
    state = "ready" if ready else "not ready" if pids else "not running"
    return f"{name:15} {state:11} {_cut(place or '-', _PLACE):{_PLACE}} {_numbers(pids)}".rstrip()


def _database(dsn: str | None) -> str | None:
    """Host, port and name: a password may stand before the host and in the query."""
    if dsn is None:
        return None
    parts = urlsplit(dsn)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else "as given"


def _numbers(pids: Sequence[int]) -> str:
    if not pids:
        return ""
    whole = f"pid {' '.join(map(str, pids))}"
    return whole if len(whole) <= _PIDS else f"pid {pids[0]} and {len(pids) - 1} more"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
