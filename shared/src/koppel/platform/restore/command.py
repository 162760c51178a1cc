"""`<service> accept-restore --reason …`, from the service's own environment."""

import getpass

from pydantic import Field
from pydantic_settings import BaseSettings

from koppel.kernel.errors import Permanent
from koppel.platform.database import Database
from koppel.platform.restore.acknowledge import accept_restore
from koppel.platform.settings import DatabaseUrl, PasswordFile, environment, load_settings


class _Broker(BaseSettings):
    model_config = environment("KOPPEL_")

    kafka_bootstrap_servers: str = Field(description="host:port of a Kafka broker, comma separated")


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
    broker = load_settings(_Broker).kafka_bootstrap_servers
    database = Database(
        own.database_url.get_secret_value(),
        service.removesuffix("-svc"),
        password_file=own.database_password_file,
        name=service,
    )
    done = await accept_restore(database, service, broker, actor=getpass.getuser(), reason=reason)
    for each in done.orphans:
        print(f"orphan {each.topic} {each.key} version {each.version} {each.type} {each.event_id}")  # noqa: T201  (the command's answer)
    print(  # noqa: T201  (the command's answer)
        f"{service}: epoch {done.epoch}; {len(done.orphans)} published events are not in the database; "
        f"reading again from {done.rewound} partitions. Start the service."
    )
    return 0
