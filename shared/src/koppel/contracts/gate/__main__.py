"""`python -m koppel.contracts.gate check` fails on a break; `write` commits new revisions of changed events."""

import argparse
import sys

from koppel.contracts.gate import golden
from koppel.contracts.gate.differences import breaking
from koppel.contracts.gate.expectations import expectations, impact, unmet
from koppel.contracts.gate.history import FOLDER, folder_of, revisions, schema_of, write_changed
from koppel.contracts.registry import EVENTS


def problems() -> list[str]:
    """Every reason not to merge, in words; empty when all is well."""
    known = expectations()
    found = list(unmet(known))
    for event in EVENTS:
        history, now = revisions(event), schema_of(event)
        if not history or history[-1] != now:
            found.append(f"{event.__name__}: the model differs from {folder_of(event)}; run `... gate write`")
        for number, earlier in enumerate(history, start=1):
            for difference in breaking(earlier, now):
                hit = impact(event, difference, known)
                whom = f" (breaks {', '.join(hit)})" if hit else ""
                found.append(
                    f"{event.__name__}.v{event.version} against revision {number}: {difference}{whom}"
                )
        found += golden.problems(event, history)
    names = {folder_of(event).name for event in EVENTS}
    found += [
        f"{path.name}: published once, now missing"
        for path in sorted(FOLDER.iterdir())
        if path.name not in names
    ]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m koppel.contracts.gate", description=__doc__)
    parser.add_argument("action", choices=["check", "write"])
    if parser.parse_args().action == "write":
        for path in [*write_changed(), *golden.write_missing()]:
            print(f"wrote {path.relative_to(FOLDER.parent)}")  # noqa: T201  (a command line)
    found = problems()
    for problem in found:
        print(f"contract: {problem}", file=sys.stderr)  # noqa: T201
    if not found:
        print(f"contract gate: {len(EVENTS)} events, {len(expectations())} expectations, no break")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
