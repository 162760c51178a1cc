"""What tests need from elsewhere beside Python packages: Kafka's jars and sets of npm packages, by their locks; promtool.
And the cache of the broker's classes, which is made of the jars.

Brought by `make test` before its first test, kept in the user's cache; no test has to reach a registry.
"""

from pathlib import Path

from tests.session.broker_classes import make_aot_cache
from tests.session.promtool import bring_promtool

from koppel.testing import node
from koppel_local.kafka.class_path import class_path
from koppel_local.kafka.jars import cache_folder, read_lock
from koppel_local.progress import no_progress

ROOT = Path(__file__).parents[2]
PROJECTS = (
    ROOT / "tests/contract/events/asyncapi_parser",
    ROOT / "tests/contract/events/typescript_compiler",
    ROOT / "docs/subscribers/kafkajs",
)


def main() -> None:
    class_path(read_lock(), "Kafka's jars", no_progress)
    for project in PROJECTS:
        node.installed(project, cache_folder().parent)
    bring_promtool()
    make_aot_cache()


if __name__ == "__main__":
    main()
