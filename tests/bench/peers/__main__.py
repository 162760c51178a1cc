"""`python -m tests.bench.peers` (`make bench-peers`): our relay beside the peer that a platform team would pick."""

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from tests.bench.peers.figures import Round, beside, figures
from tests.bench.peers.measure import Sizes, measure
from tests.bench.peers.report import Results, as_data, markdown
from tests.bench.peers.settings import tuned
from tests.bench.peers.sides import Ours, Peer
from tests.bench.screen import Screen

from koppel.kernel.errors import KoppelError
from koppel_local.failure import SetupFailed
from koppel_local.progress import download_bar, no_progress

_ABOUT = """\
Measure Koppel's relay beside Debezium's outbox event router under Kafka Connect.

One durable PostgreSQL and one real Kafka are started in a folder of their own; the jars of the peer (42 MB) are
fetched once, as jars.lock says, and kept in your cache. In each round both sides do the same in turn, each alone:

  rate     a writer appends 60,000 events as fast as it can, 1,000 a transaction, until a consumer read the last
  CPU      processor time of all processes meanwhile: writer, PostgreSQL, relay or Connect, Kafka, consumer
  memory   the most that the relay's or Connect's process had resident
  latency  commit to consumer at 500 events a second, one a transaction, for eight seconds

Writer and consumer are processes of their own and the same program for both sides. Two rounds come first that do
not count: Java needs them. Stop it with Ctrl-C at any time; nothing is left running.
"""

_EPILOG = """\
examples:
  python -m tests.bench.peers                           everything, some six minutes on two cores
  python -m tests.bench.peers --scale 0.05 --rounds 1   the same, small: does it still run?
  python -m tests.bench.peers --json > peers.json

The exit code is 0 when everything was measured, also when a goal was missed.
"""

_STOPPING = (signal.SIGINT, signal.SIGTERM)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(
        prog="python -m tests.bench.peers",
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sizes = Sizes()
    whole.add_argument(
        "--rounds", type=_one_or_more, default=sizes.rounds, help="rounds that count (%(default)s)"
    )
    whole.add_argument(
        "--scale", type=_positive, default=1.0, help="multiply events and seconds (%(default)s)"
    )
    whole.add_argument(
        "--json", action="store_true", help="print one JSON document instead of the Markdown table"
    )
    whole.add_argument("--quiet", action="store_true", help="show nothing while it runs")
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parsed = parser().parse_args(arguments)
    for each in _STOPPING:
        signal.signal(each, _stop)
    sizes = Sizes(rounds=parsed.rounds).scaled(parsed.scale)
    load = os.getloadavg()[0]
    try:
        with (
            tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder,
            Screen(quiet=parsed.quiet, title="Koppel beside Debezium", beside="Debezium") as screen,
        ):
            progress = no_progress if parsed.quiet else download_bar
            rounds = asyncio.run(measure(Path(folder), sizes, screen, progress))
    except KoppelError as error:
        print(_explained(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped by you", file=sys.stderr)
        return 130
    results = _results(rounds, sizes, load)
    print(json.dumps(as_data(results)) if parsed.json else markdown(results))
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    """Once: a second one must not interrupt what stops the servers."""
    del number, frame
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _results(rounds: Sequence[Round], sizes: Sizes, load: float) -> Results:
    return Results(
        figures=figures(rounds, sizes.events),
        beside=(
            beside(Ours.name, [each.ours for each in rounds], sizes.events),
            beside(Peer.name, [each.peer for each in rounds], sizes.events),
        ),
        settings=tuned(),
        environment=_environment(sizes, load),
    )


def _environment(sizes: Sizes, load: float) -> Mapping[str, str]:
    return {
        "Events": f"{sizes.events:,}",
        "rounds": str(sizes.rounds),
        "CPUs": str(os.cpu_count()),
        "Python": platform.python_version(),
        "load before / after": f"{load:.1f} / {os.getloadavg()[0]:.1f}",
    }


def _explained(error: KoppelError) -> str:
    """What failed, what to do, and the end of the log, whose folder is gone by now."""
    if not isinstance(error, SetupFailed):
        return f"error: {error.detail}"
    lines = [f"error: {error.detail}", f"hint: {error.hint}", *error.log_tail.splitlines()]
    return "\n".join(lines)


def _one_or_more(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
