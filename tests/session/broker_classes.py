"""Makes the cache of the broker's classes: a run starts some twenty brokers."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from koppel_local.kafka.aot_cache import aot_cache
from koppel_local.kafka.server import KafkaServer, java_command
from koppel_local.kafka.topics import ensure_topics

_WRITTEN_WITHIN = 120.0
"""Seconds; it is written when the broker ends."""


def make_aot_cache() -> None:
    """By a broker that is started once, unless there is one that fits. A JVM that makes none is no failure."""
    if _fits():
        return
    aot_cache().parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=aot_cache().parent) as folder:
        made = Path(folder) / "made"
        options = ["-XX:+IgnoreUnrecognizedVMOptions", f"-XX:AOTCacheOutput={made}"]
        broker = KafkaServer(Path(folder), jvm=options)
        try:
            broker.start()
            ensure_topics(broker.bootstrap_servers)
        finally:
            broker.stop(grace=_WRITTEN_WITHIN)
        if made.exists():
            made.replace(aot_cache())


def _fits() -> bool:
    """By the JVM's own word: it is of these jars and of this JVM."""
    ask = [*java_command(), f"-XX:AOTCache={aot_cache()}", "-XX:AOTMode=on", "-version"]
    return aot_cache().exists() and not subprocess.run(ask, capture_output=True, check=False).returncode
