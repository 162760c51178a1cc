"""How the peer is set up: Kafka Connect standalone, Debezium's PostgreSQL connector, its outbox event router.

What is set is what a careful platform team would set for a low latency and a high rate; the rest stands as shipped.
"""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

CONNECTOR = "outbox"
SLOT = "bench_outbox"
MAIN_CLASS = "org.apache.kafka.connect.cli.ConnectStandalone"

JVM = (
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
)
"""The flags of Kafka's own start script, with a heap that is right for one connector; both compilers are on."""

_WORKER = {
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",  # the payload's own bytes
    "header.converter": "org.apache.kafka.connect.storage.StringConverter",
    "offset.flush.interval.ms": "10000",  # as in the file that Kafka ships
    "plugin.discovery": "service_load",  # starts sooner; costs nothing later
}
_CONNECTOR = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "tasks.max": "1",
    "plugin.name": "pgoutput",
    "slot.name": SLOT,
    "publication.name": SLOT,
    "publication.autocreate.mode": "filtered",
    "table.include.list": "public.outbox",
    "topic.prefix": "bench",
    "snapshot.mode": "no_data",
    "tombstones.on.delete": "false",
    "transforms": "outbox",
    "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
    "transforms.outbox.route.topic.replacement": "${routedByValue}",
    "transforms.outbox.table.fields.additional.placement": ",".join(
        f"{column}:header:{header}"
        for column, header in {
            "type": "ce_type",
            "aggregateid": "ce_subject",
            "occurred_at": "ce_time",
            "organisation_id": "ce_organisationid",
            "version": "ce_sequence",
            "correlation_id": "ce_correlationid",
        }.items()
    ),
}


# Of the settings tried these cost least processor time and were fastest; behind each, what it is as shipped.
_TUNED = {
    "extended.headers.enabled": "false",  # true: four headers more in each record
    "poll.interval.ms": "10",  # 500
    "max.batch.size": "8192",  # 2048
    "max.queue.size": "32768",  # 8192
    "producer.override.linger.ms": "0",  # 5
    "producer.override.batch.size": "131072",  # 16384
}


def tuned() -> Mapping[str, str]:
    """What was set for the sake of speed, and the heap; for the report."""
    return {**_TUNED, "Java": " ".join(JVM[:3])}


def worker_properties(kafka: str, listener: str, offsets: str) -> str:
    """The worker's file; `listener` is where its REST calls are taken, `offsets` its file of offsets."""
    settings = {
        **_WORKER,
        "bootstrap.servers": kafka,
        "listeners": listener,
        "offset.storage.file.filename": offsets,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def connector_settings(dsn: str) -> Mapping[str, str]:
    """The connector's, for the database of this DSN."""
    place = urlsplit(dsn)
    return {
        **_CONNECTOR,
        **_TUNED,
        "database.hostname": place.hostname or "",
        "database.port": str(place.port),
        "database.user": unquote(place.username or ""),
        "database.password": unquote(place.password or ""),
        "database.dbname": place.path.lstrip("/"),
    }
