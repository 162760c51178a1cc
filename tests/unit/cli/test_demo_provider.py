"""Which provider the demonstration is played at, and what its steps say there."""

import io
from uuid import uuid4

import pytest
from rich.console import Console

from koppel_local.demo.organisation import Organisation
from koppel_local.demo.provider import (
    EACCOUNTING,
    PROVIDERS,
    SECOND,
    Provider,
    provider_asked_for,
    second_provider,
)
from koppel_local.demo.stage import Addresses, Stage, step
from koppel_local.demo.steps import connecting, importing, syncing
from koppel_local.failure import SetupFailed

NAMES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


def test_it_is_eaccounting_with_exact_online_besides_unless_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PROVIDER", raising=False)
    assert (provider_asked_for(), second_provider()) == (EACCOUNTING, SECOND)
    monkeypatch.setenv("PROVIDER", "exact_online")
    assert provider_asked_for().name == "Exact Online"
    assert second_provider() is None


def test_a_provider_that_it_does_not_know_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROVIDER", "nobody")
    with pytest.raises(SetupFailed) as refused:
        provider_asked_for()
    assert refused.value.code == "provider_unknown"
    assert "exact_online" in str(refused.value.hint)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_words_are_those_of_steps_that_there_are(provider: Provider) -> None:
    steps = {name for module in (connecting, importing, syncing) for name in vars(module)}
    assert set(provider.words) <= steps
    assert provider.order(collection="c") == {"provider": provider.id, "collection": "c"}


@step("Look", expects="something to see")
def find_removed(stage: Stage) -> None:
    """A step with the name of one that has other words elsewhere."""


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_a_step_says_what_is_so_at_its_provider(provider: Provider) -> None:
    addresses = Addresses(
        services=dict.fromkeys(NAMES, "http://127.0.0.1:1"), sandbox="http://127.0.0.1:1", kafka="", token="t"
    )
    console = Console(file=io.StringIO())
    with Stage(Organisation(), addresses, "http://127.0.0.1:3000/", console, provider) as stage:
        find_removed(stage)
    said = (stage.steps[0].title, stage.steps[0].expected)
    assert said == provider.words.get("find_removed", ("Look", "something to see"))


def test_organisations_share_a_person_only_where_a_person_may_log_in_twice() -> None:
    organisations = uuid4(), uuid4()
    assert {EACCOUNTING.username(each) for each in organisations} == {"demo"}
    assert len({PROVIDERS["exact_online"].username(each) for each in organisations}) == 2
