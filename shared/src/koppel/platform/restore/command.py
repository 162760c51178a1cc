"""`<service> accept-restore --reason …`, from the service's own environment."""

import getpass

from aiokafka.errors import KafkaError
from pydantic import Field
from pydantic_settings import BaseSettings

from koppel.kernel.errors import Permanent, Transient
from koppel.platform.database import Database
from koppel.platform.kafka.refusals import attempting
from koppel.platform.kafka.settings import KafkaSettings
from koppel.platform.restore.acknowledge import accept_restore
from koppel.platform.settings import DatabaseUrl, PasswordFile, environment, load_settings


class _Broker(KafkaSettings):
    model_config = environment("KOPPEL_")


class _AppRole(BaseSettings):
    model_config = environment("")

    database_url: DatabaseUrl = Field(description="DSN of the service's app role")
    database_password_file: PasswordFile | None = None


async def accept_by_name(service: str, reason: str) -> int:
    """Accept, and print what others know and this database does not. The schema is named after the service."""
    if not reason.strip():
        raise Permanent("reason_missing", "A reason is required.")
    prefix = service.upper().replace("-", "_") + "_"
    own = load_settings(_AppRole, env_prefix=prefix)
    kafka = load_settings(_Broker).kafka
    database = Database(
        own.database_url.get_secret_value(),
        service.removesuffix("-svc"),
        password_file=own.database_password_file,
        name=service,
    )
    with attempting() as tried:
        try:
            done = await accept_restore(database, service, kafka, actor=getpass.getuser(), reason=reason)
        except KafkaError as error:
            raise Transient("broker_unavailable", f"Kafka at {kafka}: {tried.why(error)}.") from error
    for each in done.orphans:
        print(f"orphan {each.topic} {each.key} version {each.version} {each.type} {each.event_id}")  # noqa: T201  (the command's answer)
    print(  # noqa: T201  (the command's answer)
        f"{service}: epoch {done.epoch}; {len(done.orphans)} published events are not in the database; "
        f"reading again from {done.rewound} partitions. Start the service."
    )
    return 0
