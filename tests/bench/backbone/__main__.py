"""`python -m tests.bench.backbone` (part of `make bench`): the event backbone beside the bare libraries it is made of."""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.backbone.measure import PARTS, Sizes, measure
from tests.bench.figures import Results
from tests.bench.report import as_data, markdown
from tests.bench.screen import Screen

from koppel.kernel.errors import KoppelError
from koppel.platform.runner.process import run_process

_ABOUT = """\
Measure the event backbone beside bare libraries that do the same work with the same bytes.

One durable PostgreSQL and one real Kafka are started in a folder of their own. Both sides run in turn, warm.

  carry    append (1 and 1,000 a transaction) beside INSERT and COPY; relay beside an idempotent producer
  consume  the real runtime with effects beside an aiokafka loop that parses JSON
  latency  commit to effect at 500 events a second beside a Kafka round trip
  replay   plans made and rebuilds run, beside an idempotent producer
  grow     two processes beside one, relay and consumer
  memory   resident memory of relay and consumer while a million events pass
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    whole = argparse.ArgumentParser(
        prog="python -m tests.bench.backbone",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be repeated")
    whole.add_argument("--rounds", type=int, default=3, help="rounds after the warm-up one (%(default)s)")
    whole.add_argument("--scale", type=float, default=1.0, help="multiply the amounts of work")
    whole.add_argument(
        "--json", action="store_true", help="print one JSON document instead of the Markdown table"
    )
    whole.add_argument("--quiet", action="store_true", help="show nothing while it runs")
    parsed = whole.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave as after Ctrl-C: everything stopped
    load = os.getloadavg()[0]
    try:
        with (
            tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder,
            Screen(quiet=parsed.quiet) as screen,
        ):
            sizes = Sizes(rounds=parsed.rounds).scaled(parsed.scale)
            measured = run_process(measure(Path(folder), sizes, parsed.only or PARTS, screen))
    except KoppelError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped by you", file=sys.stderr)
        return 130
    results = Results(
        comparisons=tuple(measured.comparisons),
        memory=measured.memory,
        memory_records=sizes.memory,
        facts=measured.facts,
        environment={
            "CPUs": str(os.cpu_count()),
            "Python": platform.python_version(),
            "rounds": str(sizes.rounds),
            "load before / after": f"{load:.1f} / {os.getloadavg()[0]:.1f}",
        },
    )
    print(json.dumps(as_data(results)) if parsed.json else markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
