"""An admin client for one question or change; what goes wrong is told in one line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from koppel.platform.kafka.access import Kafka, client_options
from koppel.platform.kafka.refusals import attempting
from koppel_local.failure import SetupFailed


@asynccontextmanager
async def admin_of(kafka: Kafka, what: str, hint: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connected; `what` is to be done with the topics. Raises `SetupFailed` (`topics_failed`)."""
    admin = AIOKafkaAdminClient(**client_options(kafka), request_timeout_ms=30_000)
    with attempting() as tried:
        try:
            await admin.start()
            yield admin
        except (KafkaError, TimeoutError) as error:
            detail = f"Could not {what} on {kafka}: {tried.why(error)}."
            raise SetupFailed("topics_failed", detail, hint=hint) from error
        finally:
            await admin.close()
