"""What a failed call leads to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from koppel.contracts.values import Failure
from koppel.kernel.ids import new_id
from koppel.ports.access_token import AccessToken
from koppel.providers import failures
from koppel.providers.eaccounting.ledger import PROJECTS
from koppel.providers.failures import FailureKind, ProviderFailure, failure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import NotOffered
from koppel.providers.reading import Feed, PageRequest, RemovalPage
from sync_svc.application.fetch_pages import RETRIES, PageFetcher, TellCause
from sync_svc.application.turn import Turn
from sync_svc.domain.administration import Administration
from sync_svc.domain.failure import LONGEST_PAUSE, Remedy, remedy

EMPTY = Page(records=[], broken=[], next=None, total=0)


class Tokens:
    """Issues `token-1`, and another one each time the last is said to be rejected."""

    def __init__(self) -> None:
        self.rejected: list[str] = []

    async def issue(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> AccessToken:
        if rejected is not None and rejected not in self.rejected:
            self.rejected.append(rejected)
        return AccessToken(f"token-{len(self.rejected) + 1}", "https://provider.test", datetime.now(UTC))


class Provider:
    """Answers with what it was given, then with an empty page."""

    def __init__(self, *answers: FailureKind | ProviderFailure) -> None:
        self._answers = list(answers)
        self.tokens: list[str] = []

    def listings(self, provider: str) -> None:
        return None

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        self.tokens.append(token.access_token)
        if not self._answers:
            return EMPTY
        answer = self._answers.pop(0)
        raise failure(answer) if isinstance(answer, FailureKind) else answer

    def has_epochs(self, provider: str) -> bool:
        return False

    async def epoch(self, administration: Administration, token: AccessToken) -> str | None:
        return None

    async def versions(
        self, administration: Administration, token: AccessToken, listing: Listing
    ) -> Mapping[str, str]:
        raise NotOffered("eaccounting")

    async def fetch(
        self, administration: Administration, token: AccessToken, listing: Listing, ids: Sequence[str]
    ) -> Page:
        raise NotOffered("eaccounting")

    async def removed(
        self, administration: Administration, token: AccessToken, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        raise NotOffered("eaccounting")


async def _renewed(calls: int) -> bool:
    return True


async def _to_nobody(cause: Failure | None) -> None:
    """Nobody listens."""


def fetcher(
    provider: Provider, tokens: Tokens | None = None, tell: TellCause | None = None
) -> tuple[PageFetcher, list[float]]:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    administration = Administration(
        administration_id=new_id(),
        organisation_id=new_id(),
        connection_id=new_id(),
        grant_id=new_id(),
        provider="eaccounting",
        external_id="company",
    )
    turn = Turn(0, 8, _renewed)
    return PageFetcher(
        provider, tokens or Tokens(), administration, turn, pause=pause, tell=tell or _to_nobody
    ), pauses


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (failures.UNREACHABLE, Remedy.RETRY),
        (failures.TIMEOUT, Remedy.RETRY),
        (failures.DROPPED, Remedy.RETRY),
        (failures.UNAVAILABLE, Remedy.RETRY),
        (failures.BAD_ANSWER, Remedy.RETRY),
        (failures.RATE_LIMITED, Remedy.WAIT),
        (failures.UNAUTHORIZED, Remedy.FRESH_TOKEN),
        (failures.MODULE_UNAVAILABLE, Remedy.SKIP_UNSUPPORTED),
        (failures.SCOPE_MISSING, Remedy.SKIP_FAILED),
        (failures.FORBIDDEN, Remedy.SKIP_FAILED),
        (failures.NOT_FOUND, Remedy.SKIP_FAILED),
        (failures.REQUEST_REFUSED, Remedy.SKIP_FAILED),
        (failures.ANSWER_TOO_LARGE, Remedy.SKIP_FAILED),
        (failures.CONTINUATION_INVALID, Remedy.SKIP_FAILED),
        (failures.WATERMARK_INVALID, Remedy.SKIP_FAILED),
        (failures.NO_COMPANY_ACCESS, Remedy.FAIL),
        (failures.COMPANY_INACTIVE, Remedy.FAIL),
        (failures.CLIENT_INVALID, Remedy.FAIL),
    ],
)
def test_each_failure_has_its_remedy(kind: FailureKind, expected: Remedy) -> None:
    assert remedy(failure(kind)) is expected


def test_a_long_wait_is_not_spent_in_a_workers_hands() -> None:
    asked = failure(failures.UNAVAILABLE, retry_after=LONGEST_PAUSE + 1)
    assert remedy(asked) is Remedy.WAIT
    assert remedy(failure(failures.UNAVAILABLE, retry_after=LONGEST_PAUSE)) is Remedy.RETRY


async def test_a_fault_that_passes_is_waited_out() -> None:
    fetch, pauses = fetcher(Provider(failures.UNAVAILABLE, failures.DROPPED))
    assert await fetch.read(PROJECTS, PageRequest()) is EMPTY
    assert len(pauses) == 2
    assert pauses[1] > pauses[0]


async def test_why_a_call_is_tried_again_is_told_until_it_passes() -> None:
    told: list[str | None] = []

    async def tell(cause: Failure | None) -> None:
        told.append(None if cause is None else cause.code)

    fetch, _ = fetcher(Provider(failures.UNAVAILABLE, failures.TIMEOUT), tell=tell)
    await fetch.read(PROJECTS, PageRequest())
    await fetch.read(PROJECTS, PageRequest())
    assert told == [failures.UNAVAILABLE.code, failures.TIMEOUT.code, None]


async def test_the_provider_is_asked_no_sooner_than_it_said() -> None:
    fetch, pauses = fetcher(Provider(failure(failures.UNAVAILABLE, retry_after=7.0)))
    await fetch.read(PROJECTS, PageRequest())
    assert pauses == [7.0]


async def test_a_fault_that_stays_is_raised_after_a_bound() -> None:
    provider = Provider(*[failures.UNAVAILABLE] * 20)
    fetch, pauses = fetcher(provider)
    with pytest.raises(ProviderFailure, match="provider_unavailable"):
        await fetch.read(PROJECTS, PageRequest())
    assert len(provider.tokens) == RETRIES.attempts
    assert len(pauses) == RETRIES.attempts - 1


async def test_a_refused_token_is_replaced_once() -> None:
    tokens = Tokens()
    provider = Provider(failures.UNAUTHORIZED)
    fetch, pauses = fetcher(provider, tokens)
    assert await fetch.read(PROJECTS, PageRequest()) is EMPTY
    assert provider.tokens == ["token-1", "token-2"]
    assert tokens.rejected == ["token-1"]
    assert pauses == []


async def test_a_token_refused_again_ends_it() -> None:
    provider = Provider(failures.UNAUTHORIZED, failures.UNAUTHORIZED)
    fetch, _ = fetcher(provider)
    with pytest.raises(ProviderFailure, match="provider_unauthorized"):
        await fetch.read(PROJECTS, PageRequest())
    assert len(provider.tokens) == 2


@pytest.mark.parametrize("kind", [failures.RATE_LIMITED, failures.SCOPE_MISSING, failures.COMPANY_INACTIVE])
async def test_what_waiting_here_cannot_help_is_raised_at_once(kind: FailureKind) -> None:
    provider = Provider(kind)
    fetch, pauses = fetcher(provider)
    with pytest.raises(ProviderFailure, match=kind.code):
        await fetch.read(PROJECTS, PageRequest())
    assert pauses == []
