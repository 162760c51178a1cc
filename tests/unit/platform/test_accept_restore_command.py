"""`accept-restore` tells why Kafka did not let it in."""

import pytest
from aiokafka.errors import KafkaConnectionError

from koppel.kernel.errors import Transient
from koppel.platform.restore import command


async def test_a_broker_that_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise KafkaConnectionError("[Error 58] SaslAuthenticationFailed: no")

    monkeypatch.setattr(command, "accept_restore", refused)
    monkeypatch.setenv("SYNC_SVC_DATABASE_URL", "postgresql://app@127.0.0.1:1/koppel")
    monkeypatch.setenv("KOPPEL_KAFKA_BOOTSTRAP_SERVERS", "k:9093")
    with pytest.raises(Transient, match=r"Kafka at k:9093: .* look at KOPPEL_KAFKA_SASL_USERNAME") as told:
        await command.accept_by_name("sync-svc", "restored")
    assert told.value.code == "broker_unavailable"
