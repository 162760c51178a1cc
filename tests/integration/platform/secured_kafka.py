"""The embedded Kafka with three more listeners: a login over TLS, the same with other certificates, and TLS for whoever has a certificate."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from koppel.testing.authority import Authority
from koppel_local.kafka.server import KafkaServer
from koppel_local.process.ports import LOOPBACK, Ports

USERNAME, PASSWORD = "sync-svc", secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the authority's, the broker's and a client's."""

    authority: Path
    broker: Path
    client: tuple[Path, Path]

    @classmethod
    def made_in(cls, folder: Path) -> "Certificates":
        authority = Authority(folder)
        certificate, key = authority.sign("broker", host=LOOPBACK)
        both = folder / "broker.pem"
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        return cls(authority.file, both, authority.sign("client"))


class SecuredKafka(KafkaServer):
    """`login` wants SASL over TLS, `mutual` a client's certificate."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.certificates = Certificates.made_in(folder)
        self._secured = Ports(folder / "secured", lambda _: None)

    @property
    def login(self) -> str:
        return f"{LOOPBACK}:{self._secured.remembered('login')}"

    @property
    def mutual(self) -> str:
        return f"{LOOPBACK}:{self._secured.remembered('mutual')}"

    def _write_properties(self, port: int) -> None:
        super()._write_properties(port)
        written = self._properties.read_text()
        lines = dict(line.split("=", 1) for line in written.splitlines() if "=" in line)
        more = f",LOGIN://{LOOPBACK}:{self._secured.choose('login')},MUTUAL://{LOOPBACK}:{self._secured.choose('mutual')}"
        # The last line of a name counts.
        self._properties.write_text(
            f"{written}"
            f"listeners={lines['listeners']}{more}\n"
            f"advertised.listeners={lines['advertised.listeners']}{more}\n"
            f"listener.security.protocol.map={lines['listener.security.protocol.map']},LOGIN:SASL_SSL,MUTUAL:SSL\n"
            "ssl.keystore.type=PEM\nssl.truststore.type=PEM\n"
            f"ssl.keystore.location={self.certificates.broker}\n"
            f"ssl.truststore.location={self.certificates.authority}\n"
            "listener.name.mutual.ssl.client.auth=required\n"
            "listener.name.login.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN\n"
            f"listener.name.login.scram-sha-512.sasl.jaas.config={_MODULES}.scram.ScramLoginModule required;\n"
            f"listener.name.login.plain.sasl.jaas.config={_MODULES}.plain.PlainLoginModule required "
            f'user_{USERNAME}="{PASSWORD}";\n'
        )

    def _storage_tool(self) -> list[str]:
        user = f"SCRAM-SHA-512=[name={USERNAME},password={PASSWORD}]"
        return [*super()._storage_tool(), "--add-scram", user]


_MODULES = "org.apache.kafka.common.security"
