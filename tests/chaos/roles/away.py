"""What the processes stand on, taken away and brought back."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil
from tests.chaos.roles.split import Process, Split

from koppel_local.kafka.server import KafkaServer
from koppel_local.postgres.server import PostgresServer


@dataclass(frozen=True, slots=True)
class Server:
    """`unready` says which processes cannot serve without it."""

    take_away: Callable[[Split], None]
    bring_back: Callable[[Split], None]
    unready: Callable[[Process], bool]


def _stop_postgres(split: Split) -> None:
    PostgresServer(split.stack.state_dir).stop()


def _start_postgres(split: Split) -> None:
    PostgresServer(split.stack.state_dir).start()


def _stop_kafka(split: Split) -> None:
    KafkaServer(split.stack.state_dir).stop()


def _start_kafka(split: Split) -> None:
    KafkaServer(split.stack.state_dir).start()


def _signal_provider(split: Split, number: signal.Signals) -> None:
    for pid in split.stage.others["sandbox"]:
        psutil.Process(pid).send_signal(number)


SERVERS: Mapping[str, Server] = {
    "Kafka": Server(_stop_kafka, _start_kafka, lambda process: process.role == "consumer"),
    "PostgreSQL": Server(_stop_postgres, _start_postgres, lambda _: True),
    "the provider": Server(
        lambda split: _signal_provider(split, signal.SIGSTOP),
        lambda split: _signal_provider(split, signal.SIGCONT),
        lambda _: False,
    ),
}
"""The provider takes connections and answers nothing; the others refuse."""
