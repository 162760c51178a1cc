"""`python -m koppel.contracts.gate check` fails on a break, and on an outdated document.

`write` commits what is new (revisions, golden events, facts) and writes what is generated from it: the event catalogue,
AsyncAPI documents, readers' schemas and types.
"""

import argparse
import sys

from koppel.contracts.gate import canonical_records, documents
from koppel.contracts.gate.check import Gate


def problems() -> list[str]:
    """Every reason not to merge, in words; empty when all is well."""
    return [*Gate().problems(), *canonical_records.problems(), *documents.problems()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m koppel.contracts.gate", description=__doc__)
    parser.add_argument("action", choices=["check", "write"])
    gate = Gate()
    if parser.parse_args().action == "write":
        for path in (*canonical_records.write(), *gate.write(), *documents.write()):
            print(f"wrote {path.relative_to(documents.ROOT)}")  # noqa: T201  (a command line)
    found = problems()
    for warning in gate.warnings():
        print(f"contract: warning: {warning}", file=sys.stderr)  # noqa: T201
    for problem in found:
        print(f"contract: {problem}", file=sys.stderr)  # noqa: T201
    if not found:
        print(f"contract gate: {len(gate.events)} events, {len(gate.known)} expectations, no break")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
