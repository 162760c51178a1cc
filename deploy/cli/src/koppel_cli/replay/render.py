"""A replay in a few lines."""

from collections.abc import Iterator

from koppel_cli.operations import Json
from koppel_cli.output import show_json, show_lines, show_table
from koppel_cli.wording import count

_COUNTS = ("apply", "skip", "hold", "park")
_OPERATIONS = ("inserted", "updated", "deleted")


def show(replay: Json, *, as_json: bool) -> None:
    """Print a replay: JSON, or its plan, result and progress in lines."""
    if as_json:
        show_json(replay)
        return
    show_lines(_head, replay)
    for name in ("plan", "result"):
        if (outcome := replay[name]) is not None:
            print(f"\n{name}: {count(outcome['events'], 'event')} of {count(outcome['streams'], 'stream')}")
            show_table(("TARGET", *map(str.upper, _COUNTS)), map(_row, outcome["targets"]))
            _show_effects(outcome["targets"])
    show_lines(_end, replay)


def _head(replay: Json) -> Iterator[str]:
    yield f"replay {replay['id']}  {replay['mode']}  {replay['state']}"
    yield f"reason: {replay['reason']}  ({replay['actor']})"
    if replay["detail"]:
        yield f"why: {replay['detail']}"


def _end(replay: Json) -> Iterator[str]:
    if replay["plan"] is not None and replay["plan"]["incomplete_log"]:
        yield "the log does not begin at every stream's first version: nothing is forgotten,"
        yield "what it tells is overwritten"
    yield from (f"differs: {difference}" for difference in replay["differences"])
    if replay["waiting_for"]:
        yield f"waiting for the plan of {', '.join(replay['waiting_for'])}"
    if replay["state"] not in ("planning", "planned"):
        yield ""
        yield progress(replay)


def _show_effects(targets: list[Json]) -> None:
    """Rows and events, of the targets that tell them; those of before this was counted do not."""
    told = [each for each in targets if each.get("changes") is not None]
    rows = [
        (each["consumer"], changed["table"], *(changed[name] for name in _OPERATIONS))
        for each in told
        for changed in each["changes"]
    ]
    if rows:
        show_table(("TARGET", "TABLE", *map(str.upper, _OPERATIONS)), rows)
    elif told:
        print("no row changes")
    show_lines(_further, told)


def _further(targets: list[Json]) -> Iterator[str]:
    for each in targets:
        for appended in each["appends"]:
            yield f"{each['consumer']} appends {appended['events']} × {appended['type']}"
        if each["estimated"]:
            yield f"{each['consumer']}: at least those; of streams with more than 200 events to send"
            yield "only the first were run"


def progress(replay: Json) -> str:
    """How far it is, in one line."""
    done, total, eta = (replay["progress"][name] for name in ("done", "total", "eta_seconds"))
    percent = 100 if total == 0 else done * 100 // total
    left = f", {eta} s to go" if replay["state"] == "running" and eta is not None else ""
    return f"{replay['state']}: {done} of {total} ({percent} %){left}"


def _row(target: Json) -> list[object]:
    if not target["reports"]:
        return [target["consumer"], "not told", None, None, None]
    return [target["consumer"], *(target[name] for name in _COUNTS)]
