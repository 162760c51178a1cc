"""Watching sync runs until they end, with a bar each."""

import time
from collections.abc import Mapping

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from koppel_local.demo.api import Json
from koppel_local.demo.failure import Unexpected
from koppel_local.demo.stage import Stage
from koppel_local.demo.steps.importing import Administration

RunQuery = Mapping[str, str]
"""How to find a run: `administration_id` or `sync_request_id`."""

_WITHIN = 180.0
_POLL = 0.1
_COUNTS = ("fetched", "changed", "deleted", "unchanged", "failed")


def watch_runs(stage: Stage, wanted: Mapping[str, tuple[Administration, RunQuery]]) -> dict[str, Json]:
    """Runs by the given keys, when all have ended. Raises `Unexpected` when one takes too long or fails."""
    ended: dict[str, Json] = {}
    deadline = time.monotonic() + _WITHIN
    columns = (
        TextColumn("     {task.description:38}"),
        BarColumn(30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, TextColumn("{task.fields[seen]}"), console=stage.console) as bars:
        tasks = {
            key: bars.add_task(administration.name, total=100, seen="asked for")
            for key, (administration, _) in wanted.items()
        }
        while len(ended) < len(wanted):
            for key in wanted.keys() - ended.keys():
                run = _find(stage, wanted[key][1])
                _show(bars, tasks[key], run)
                if run is not None and run["state"] == "finished":
                    ended[key] = run
            if time.monotonic() > deadline:
                late = [wanted[key][0].name for key in wanted.keys() - ended.keys()]
                raise Unexpected(f"every run finished within {_WITHIN:.0f} s", f"not: {', '.join(late)}")
            time.sleep(_POLL)
    for key, run in ended.items():
        _check(wanted[key][0], run)
    return {key: ended[key] for key in wanted}


def ask_for_syncs(stage: Stage, administrations: list[Administration], mode: str) -> dict[str, Json]:
    """Ask for a sync of each; returns the finished runs by administration id."""
    body = {"administration_ids": [each.id for each in administrations], "mode": mode}
    requested = stage.syncs.post("/v1/syncs", body, expected=202)["items"]
    by_id = {each.id: each for each in administrations}
    return watch_runs(
        stage,
        {
            each["administration_id"]: (
                by_id[each["administration_id"]],
                {"sync_request_id": each["sync_request_id"]},
            )
            for each in requested
        },
    )


def counts(run: Json) -> dict[str, dict[str, int]]:
    """Numbers by resource."""
    return {each["resource"]: {name: each[name] for name in _COUNTS} for each in run["resources"]}


def total(run: Json, name: str) -> int:
    """One number over all resources."""
    return sum(numbers[name] for numbers in counts(run).values())


def in_words(run: Json) -> str:
    """The run's outcome and numbers in a few words."""
    numbers = ", ".join(f"{total(run, name)} {name}" for name in ("fetched", "changed", "deleted"))
    return f"{run['mode']} run {run['outcome']}: {numbers}"


def _find(stage: Stage, query: RunQuery) -> Json | None:
    found = list(stage.syncs.items("/v1/sync-runs", **query))
    return found[0] if found else None


def _show(bars: Progress, task: TaskID, run: Json | None) -> None:
    if run is not None:
        seen = f"{run['outcome'] or run['state']}, {total(run, 'fetched')} fetched"
        bars.update(task, completed=100 if run["state"] == "finished" else run["percent"], seen=seen)


def _check(administration: Administration, run: Json) -> None:
    if run["outcome"] not in {"changed", "unchanged"}:
        failure = run.get("failure") or {}
        came = f"{run['outcome']}: {failure.get('code')} {failure.get('detail')} (run {run['id']})"
        raise Unexpected(f"a complete run for {administration.name}", came)
