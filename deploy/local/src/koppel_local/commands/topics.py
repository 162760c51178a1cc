"""`koppel topics`: the topics of the contracts and the replay topics on a broker.

What asks the broker is imported by the commands: no other command of `koppel` pays for it.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from koppel_cli.help import HERE, examples
from koppel_cli.options import AsJson
from koppel_cli.output import show_json
from koppel_local.failure import SetupFailed

if TYPE_CHECKING:
    from koppel.platform.kafka.access import Kafka
    from koppel_local.kafka.topic_differences import Difference

_ABOUT = """\
The topics of the contracts and the replay topics on a broker.

On the brokers of KOPPEL_KAFKA_BOOTSTRAP_SERVERS, else of the local stack.
"""


def register(koppel: typer.Typer) -> None:
    topics = typer.Typer(help=_ABOUT, epilog=examples("koppel topics diff"))
    koppel.add_typer(topics, name="topics", rich_help_panel=HERE)
    topics.command("diff", epilog=examples("koppel topics diff --json"))(_diff)
    topics.command("apply", epilog=examples("koppel topics apply"))(_apply)


def _diff(*, as_json: AsJson = False) -> int:
    """What differs. The exit code is 1 when something does."""
    from koppel_local.kafka.topic_differences import differences  # noqa: PLC0415  (see above)

    found = differences(_brokers())
    if as_json:
        show_json({"items": [asdict(each) for each in found]})
    else:
        _say(found, "no topic differs")
    return 1 if found else 0


def _apply() -> int:
    """Make what is missing, set retention and clean-up; partitions are never changed."""
    from koppel_local.kafka.topic_differences import PARTITIONS, apply_topics  # noqa: PLC0415  (see above)

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


def _say(found: Sequence["Difference"], none: str) -> None:
    print("\n".join(map(str, found)) or none)


def _brokers() -> "Kafka":
    from koppel_local.kafka.given import kafka_in_environment, kafka_of  # noqa: PLC0415  (see above)
    from koppel_local.stack.stack import Stack  # noqa: PLC0415

    if os.environ.get("KOPPEL_KAFKA_BOOTSTRAP_SERVERS"):
        return kafka_of(kafka_in_environment())
    if (kafka := Stack().kafka()) is not None:
        return kafka
    detail = "Nobody knows where the brokers are."
    raise SetupFailed("no_broker", detail, hint="Run `make up`, or set KOPPEL_KAFKA_BOOTSTRAP_SERVERS.")
