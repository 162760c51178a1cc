"""The variables that say where Kafka is and how to get in: `KOPPEL_KAFKA_…`."""

from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from koppel.platform.kafka.access import KafkaAccess, Login, SaslMechanism
from koppel.platform.kafka.certificates import CertificateFiles, RenewedContext, check_in_time

Certificates = Annotated[Path, AfterValidator(check_in_time)]
"""A PEM file with at least one certificate that is valid."""


class SecurityProtocol(StrEnum):
    """Kafka's own names."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def encrypted(self) -> bool:
        return self.value.endswith("SSL")

    @property
    def logs_in(self) -> bool:
        return self.value.startswith("SASL")


class KafkaSettings(BaseSettings):
    """Fields of a settings class with the prefix `KOPPEL_`. What does not go together is refused: half a set-up is a mistake."""

    kafka_bootstrap_servers: str = Field(description="host:port of a Kafka broker, comma separated")
    kafka_security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    kafka_sasl_mechanism: SaslMechanism = SaslMechanism.SCRAM_SHA_512
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr = SecretStr("")
    kafka_ca_file: Certificates | None = Field(
        None, description="PEM file of who signs the brokers' certificates"
    )
    kafka_certificate_file: Certificates | None = Field(None, description="PEM file of our own certificate")
    kafka_key_file: Path | None = Field(None, description="PEM file of its key, without a password")

    @cached_property
    def kafka(self) -> KafkaAccess:
        """What clients are made of."""
        protocol = self.kafka_security_protocol
        files = CertificateFiles(self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)
        return KafkaAccess(
            self.kafka_bootstrap_servers,
            RenewedContext(files) if protocol.encrypted else None,
            Login(self.kafka_sasl_username or "", self.kafka_sasl_password, self.kafka_sasl_mechanism)
            if protocol.logs_in
            else None,
        )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        protocol, password = self.kafka_security_protocol, self.kafka_sasl_password.get_secret_value()
        self._check_login(protocol, password)
        files = (self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)
        if not protocol.encrypted and any(files):
            raise ValueError(
                f"KOPPEL_KAFKA_SECURITY_PROTOCOL is {protocol}, and certificates are given: set SSL or SASL_SSL"
            )
        if (self.kafka_certificate_file is None) != (self.kafka_key_file is None):
            raise ValueError("set KOPPEL_KAFKA_CERTIFICATE_FILE and KOPPEL_KAFKA_KEY_FILE, both or none")
        try:
            self.kafka  # noqa: B018  (made now, so that a bad file ends the start)
        except OSError as error:
            raise ValueError(
                "KOPPEL_KAFKA_KEY_FILE is not valid: it cannot be read, has a password, or is not the key of "
                f"KOPPEL_KAFKA_CERTIFICATE_FILE ({error.strerror or type(error).__name__})"
            ) from None
        return self

    def _check_login(self, protocol: SecurityProtocol, password: str) -> None:
        given = self.kafka_sasl_username, password
        if protocol.logs_in and not all(given):
            raise ValueError(
                f"KOPPEL_KAFKA_SECURITY_PROTOCOL is {protocol}: set KOPPEL_KAFKA_SASL_USERNAME and "
                "KOPPEL_KAFKA_SASL_PASSWORD, or KOPPEL_KAFKA_SASL_PASSWORD_FILE"
            )
        if not protocol.logs_in and any(given):
            raise ValueError(
                f"KOPPEL_KAFKA_SECURITY_PROTOCOL is {protocol}, and a login is given: set SASL_SSL"
            )
        shown = self.kafka_sasl_mechanism is SaslMechanism.PLAIN and not protocol.encrypted
        if protocol.logs_in and shown and not _on_this_machine(self.kafka_bootstrap_servers):
            raise ValueError(
                "KOPPEL_KAFKA_SASL_MECHANISM is PLAIN, which would send the password in plaintext: set "
                "KOPPEL_KAFKA_SECURITY_PROTOCOL to SASL_SSL"
            )


def _on_this_machine(servers: str) -> bool:
    return all(_loops_back(each.strip().rpartition(":")[0].strip("[]")) for each in servers.split(","))


def _loops_back(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
