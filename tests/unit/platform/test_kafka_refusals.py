"""What the client says about a connection that failed, in one line with the setting to look at."""

import logging

import pytest
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed, UnknownTopicOrPartitionError

from koppel.platform.kafka.refusals import attempting

CLIENT = logging.getLogger("aiokafka")


@pytest.mark.parametrize(
    ("reason", "setting"),
    [
        (str(SaslAuthenticationFailed("no")), "KOPPEL_KAFKA_SASL_USERNAME and KOPPEL_KAFKA_SASL_PASSWORD"),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired",
            "KOPPEL_KAFKA_CA_FILE, or at the broker",
        ),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] unknown ca", "KOPPEL_KAFKA_CERTIFICATE_FILE"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "KOPPEL_KAFKA_SECURITY_PROTOCOL"),
        ("", "KOPPEL_KAFKA_SECURITY_PROTOCOL and KOPPEL_KAFKA_CERTIFICATE_FILE if it stays so"),
    ],
)
def test_the_clients_own_reason_is_told_with_the_setting_to_look_at(
    reason: str, setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    with attempting() as tried:
        CLIENT.error('Unable connect to "%s:%s": %s', "k", 9093, reason)
    why = tried.why(KafkaConnectionError("Unable to bootstrap"))
    assert why.startswith(f'Unable connect to "k:9093": {reason}')
    assert f"; look at {setting}" in why
    assert not caplog.messages


def test_nobody_at_the_address_is_no_matter_of_settings() -> None:
    with attempting() as tried:
        CLIENT.error("Unable connect: Connect call failed")
    assert tried.why(KafkaConnectionError("x")) == "Unable connect: Connect call failed"


def test_another_error_is_told_as_it_is() -> None:
    with attempting() as tried:
        CLIENT.error("closed")
    assert tried.why(OSError(2, "closed")) == "closed"
    assert "Unknown" in tried.why(UnknownTopicOrPartitionError())


def test_a_reason_without_end_is_cut() -> None:
    with attempting() as tried:
        CLIENT.error("x" * 100_000)
    assert len(tried.why(KafkaConnectionError())) == 300


def test_afterwards_the_client_speaks_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    with attempting():
        pass
    CLIENT.error("said aloud")
    assert caplog.messages == ["said aloud"]
