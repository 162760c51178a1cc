"""`python -m tests.mutation [NAME …]`: which small changes of the rules would the tests not notice?

Names are those of targets.py, or `database`; without one, all that need no server. Ends with 1 when fewer than 92 of
a hundred reached changes are noticed, or when one survives that equivalent.toml does not explain.
"""

import argparse
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.mutation.session import Outcome, played
from tests.mutation.targets import FAST, WITH_DATABASE, Target

FEWEST_NOTICED = 0.92
_EQUIVALENT = Path(__file__).with_name("equivalent.toml")
Key = tuple[str, str]
"""A module and a change in words."""
_EVERY = {target.name: target for target in (*FAST, *WITH_DATABASE)}


def main() -> int:
    """The exit code."""
    began, good = time.monotonic(), True
    asked, explained = _asked(), _explained()
    print(f"{'':14}{'changes':>9}{'reached':>9}{'noticed':>9}{'':8}seconds")
    for target in _chosen(asked.names):
        started = time.monotonic()
        try:
            outcomes = _in_a_process(target)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            good = False
        else:
            share = _told(target.name, outcomes, time.monotonic() - started)
            good = _all_explained(outcomes, explained) and share >= FEWEST_NOTICED and good
            for outcome in [o for o in outcomes if asked.unreached and not o.reached]:
                print(f"  unreached: {outcome}")
    print(f"{time.monotonic() - began:.0f} s")
    if not good:
        hint = f"write the test that notices, or explain in {_EQUIVALENT.name} why nothing changes"
        print(f"hint: {hint}", file=sys.stderr)
    return int(not good)


def _told(name: str, outcomes: Sequence[Outcome], seconds: float) -> float:
    """The share of the reached changes that was noticed."""
    reached = [outcome for outcome in outcomes if outcome.reached]
    noticed = sum(outcome.noticed for outcome in reached)
    share = noticed / max(1, len(reached))
    counts = f"{len(outcomes):9}{len(reached):9}{noticed:9}"
    print(f"{name:14}{counts}{share:8.1%}{seconds:7.0f}", flush=True)
    return share


def _all_explained(outcomes: Sequence[Outcome], explained: Counter[Key]) -> bool:
    """Whether every survivor has its entry and every entry of these modules its survivor; tells those that lack it."""
    modules = {outcome.module for outcome in outcomes}
    left = Counter({key: times for key, times in explained.items() if key[0] in modules})
    survived = Counter((o.module, o.change) for o in outcomes if o.reached and not o.noticed)
    for outcome in [o for o in outcomes if o.reached and not o.noticed]:
        if survived[outcome.module, outcome.change] != left[outcome.module, outcome.change]:
            print(f"  survives: {outcome}")
    for module, change in sorted(left - survived):
        print(f"  explained, and noticed or gone: {module}: {change}")
    return survived == left


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


def _explained() -> Counter[Key]:
    """An entry explains one change, or as many of the same words as its `times` says."""
    entries = tomllib.loads(_EQUIVALENT.read_text("utf-8")).get("equivalent", [])
    return Counter({(entry["module"], entry["change"]): entry.get("times", 1) for entry in entries})


if __name__ == "__main__":
    raise SystemExit(main())
