"""Where Kafka is and how a client gets in. Every client of ours is made with `client_options`; a test looks for others."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import SecretStr


class SaslMechanism(StrEnum):
    """How a client proves its password. `PLAIN` shows it to the broker."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    PLAIN = "PLAIN"


@dataclass(frozen=True, slots=True)
class Login:
    """A user of Kafka."""

    username: str
    password: SecretStr
    mechanism: SaslMechanism = SaslMechanism.SCRAM_SHA_512


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """A cluster by its bootstrap servers (`host:port`, comma separated), and what a client shows there.

    Without `tls` what is said can be read on the way; without `login` the client is who its certificate says, or nobody.
    """

    servers: str
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    login: Login | None = None

    def __str__(self) -> str:
        return self.servers

    @property
    def security_protocol(self) -> str:
        """As Kafka calls it: `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."""
        channel = "SSL" if self.tls else "PLAINTEXT"
        return f"SASL_{channel}" if self.login else channel


Kafka = KafkaAccess | str
"""A cluster; bare bootstrap servers are reached in plaintext without a login, as those of a local stack are."""


def client_options(kafka: Kafka) -> dict[str, Any]:
    """What aiokafka's consumer, producer and admin client take to connect; it holds the password."""
    access = KafkaAccess(kafka) if isinstance(kafka, str) else kafka
    options: dict[str, Any] = {
        "bootstrap_servers": access.servers,
        "security_protocol": access.security_protocol,
        "ssl_context": access.tls,
    }
    if access.login is not None:
        options["sasl_mechanism"] = access.login.mechanism.value
        options["sasl_plain_username"] = access.login.username
        options["sasl_plain_password"] = access.login.password.get_secret_value()
    return options
