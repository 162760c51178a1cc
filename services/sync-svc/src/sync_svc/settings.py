"""The environment of sync-svc: variables `SYNC_SVC_…`, beside the shared `KOPPEL_…`."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import Field

from koppel.platform.settings import Duration, ServiceSettings, configured, environment
from koppel.providers.catalogue import PROFILES
from koppel.providers.configuration import PREFIX, configured_shares, configured_windows
from koppel.providers.profile import Part, RateWindow, part_of
from sync_svc.domain.turn import WHOLE, TurnRules


class SyncSettings(ServiceSettings):
    """What only sync-svc has."""

    model_config = environment("SYNC_SVC_")

    port: Annotated[int, Field(ge=0, le=65535)] = 8104
    connection_svc_url: str = Field(description="internal base URL of connection-svc")
    service_token_file: Path = Field(description="file with this service's bearer token")
    concurrent_runs: Annotated[int, Field(ge=1, le=8)] = 4
    turn_calls: Annotated[int, Field(ge=1, le=100)] = 8
    incremental_share: Annotated[float, Field(ge=0, le=0.5)] = 0.2
    backfill_share: Annotated[float, Field(ge=0, le=0.4)] = 0.1
    schedule_every: Duration = timedelta(seconds=1)
    keep_runs: Duration = timedelta(days=90)

    @property
    def turn_rules(self) -> TurnRules:
        """In whole calls and thousandths, as they are reckoned with."""
        return TurnRules(
            self.turn_calls, round(WHOLE * self.incremental_share), round(WHOLE * self.backfill_share)
        )


def load_windows() -> Mapping[str, tuple[RateWindow, ...]]:
    """Each provider's rate windows, or complain with one line of each mistake and exit with 2."""
    return configured(PREFIX, partial(configured_windows, PROFILES))


def load_parts(own: Decimal | None) -> Mapping[str, Part]:
    """This service's part of each provider's windows, likewise; `own` is what `KOPPEL_BUDGET_SHARE` says for all of them."""
    shares = configured(PREFIX, partial(configured_shares, PROFILES))
    return {name: partial(part_of, share=own) if own else each.for_sync for name, each in shares.items()}
