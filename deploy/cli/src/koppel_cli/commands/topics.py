"""`koppel topics`: the topics of the contracts and the replay topics on a broker."""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict

from koppel_cli.commands import Commands
from koppel_local.failure import SetupFailed
from koppel_local.kafka.topic_differences import PARTITIONS, Difference, apply_topics, differences
from koppel_local.stack.stack import Stack


def register(commands: Commands) -> None:
    topics = commands.add_parser(
        "topics",
        help="make or compare the topics",
        description="The topics that the services publish on and read from, on the brokers of "
        "KOPPEL_KAFKA_BOOTSTRAP_SERVERS, else of the local stack.",
    )
    acts = topics.add_subparsers(dest="act", required=True, metavar="apply | diff")
    diff = acts.add_parser("diff", help="what differs; the exit code is 1 when something does")
    diff.add_argument("--json", action="store_true", help="one JSON document")
    diff.set_defaults(run=_diff)
    apply = acts.add_parser(
        "apply", help="make what is missing, set retention and clean-up; partitions are never changed"
    )
    apply.set_defaults(run=_apply)


def _diff(arguments: argparse.Namespace) -> int:
    found = differences(_brokers())
    if arguments.json:
        print(json.dumps({"items": [asdict(each) for each in found]}))
    else:
        _say(found, "no topic differs")
    return 1 if found else 0


def _apply(arguments: argparse.Namespace) -> int:
    del arguments
    done, left = apply_topics(_brokers())
    for each in done:
        print(f"made {each.topic}" if not each.setting else f"set {each.setting} of {each.topic}")
    if not left:
        print("all topics are as they should be")
        return 0
    _say(left, "")
    if any(each.setting == PARTITIONS for each in left):
        print("Partitions are left as they are: with another number a key's later events go elsewhere.")
    return 1


def _say(found: Sequence[Difference], none: str) -> None:
    print("\n".join(map(str, found)) or none)


def _brokers() -> str:
    given = os.environ.get("KOPPEL_KAFKA_BOOTSTRAP_SERVERS")
    if brokers := given or Stack().status()["kafka"]["bootstrap_servers"]:
        return brokers
    detail = "Nobody knows where the brokers are."
    raise SetupFailed("no_broker", detail, hint="Run `make up`, or set KOPPEL_KAFKA_BOOTSTRAP_SERVERS.")
