"""`python -m tests.mutation [NAME …]`: which small changes of the rules would the tests not notice?

Names are those of targets.py, or `database`; without one, all that need no server. Ends with 1 when fewer than 92 of
a hundred reached changes are noticed, or when one survives that equivalent.toml does not explain.
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.mutation.session import Outcome, played
from tests.mutation.targets import FAST, WITH_DATABASE, Target

FEWEST_NOTICED = 0.92
_EQUIVALENT = Path(__file__).with_name("equivalent.toml")
_EVERY = {target.name: target for target in (*FAST, *WITH_DATABASE)}


def main() -> int:
    """The exit code."""
    began, failed = time.monotonic(), False
    asked, explained = _asked(), _explained()
    print(f"{'':14}{'changes':>9}{'reached':>9}{'noticed':>9}{'':8}seconds")
    for target in _chosen(asked.names):
        started = time.monotonic()
        outcomes = _in_a_process(target)
        reached = [outcome for outcome in outcomes if outcome.reached]
        noticed = [outcome for outcome in reached if outcome.noticed]
        share = len(noticed) / max(1, len(reached))
        took = time.monotonic() - started
        print(
            f"{target.name:14}{len(outcomes):9}{len(reached):9}{len(noticed):9}{share:8.1%}{took:7.0f}",
            flush=True,
        )
        survived = [o for o in reached if not o.noticed and (o.module, o.change) not in explained]
        for outcome in survived:
            print(f"  survives: {outcome.module}:{outcome.line}: {outcome.change}")
        for outcome in [o for o in outcomes if asked.unreached and not o.reached]:
            print(f"  unreached: {outcome.module}:{outcome.line}: {outcome.change}")
        failed = failed or bool(survived) or share < FEWEST_NOTICED
        for module, change in _stale(outcomes, explained):
            print(f"  explained, and noticed or gone: {module}: {change}")
            failed = True
    print(f"{time.monotonic() - began:.0f} s")
    if failed:
        print(
            f"hint: write the test that notices, or explain in {_EQUIVALENT.name} why nothing changes",
            file=sys.stderr,
        )
    return int(failed)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*_EVERY, "database"]))
    parser.add_argument("--unreached", action="store_true", help="show the changes that no test reaches, too")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in _EVERY and name != "database"]:
        parser.error(f"no target {unknown[0]!r}; there are {', '.join(_EVERY)} and database")
    return asked


def _chosen(names: Sequence[str]) -> list[Target]:
    if not names:
        return list(FAST)
    chosen = {name: _EVERY[name] for name in names if name != "database"}
    return [*chosen.values(), *(WITH_DATABASE if "database" in names else ())]


def _in_a_process(target: Target) -> list[Outcome]:
    """Each target in a process of its own, so that none sees what another imported."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(played, target).result()


def _stale(outcomes: Sequence[Outcome], explained: set[tuple[str, str]]) -> list[tuple[str, str]]:
    modules = {outcome.module for outcome in outcomes}
    survived = {(o.module, o.change) for o in outcomes if o.reached and not o.noticed}
    return sorted((module, change) for module, change in explained - survived if module in modules)


def _explained() -> set[tuple[str, str]]:
    entries = tomllib.loads(_EQUIVALENT.read_text("utf-8")).get("equivalent", [])
    return {(entry["module"], entry["change"]) for entry in entries}


if __name__ == "__main__":
    raise SystemExit(main())
