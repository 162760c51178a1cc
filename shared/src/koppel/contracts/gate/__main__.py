"""`python -m koppel.contracts.gate check` fails on a break; `write` commits what is new: revisions, golden events, facts."""

import argparse
import sys

from koppel.contracts.gate.check import Gate


def problems() -> list[str]:
    """Every reason not to merge, in words; empty when all is well."""
    return Gate().problems()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m koppel.contracts.gate", description=__doc__)
    parser.add_argument("action", choices=["check", "write"])
    gate = Gate()
    if parser.parse_args().action == "write":
        for path in gate.write():
            print(f"wrote {path.relative_to(gate.schemas.parent)}")  # noqa: T201  (a command line)
    found = gate.problems()
    for warning in gate.warnings():
        print(f"contract: warning: {warning}", file=sys.stderr)  # noqa: T201
    for problem in found:
        print(f"contract: {problem}", file=sys.stderr)  # noqa: T201
    if not found:
        print(f"contract gate: {len(gate.events)} events, {len(gate.known)} expectations, no break")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
