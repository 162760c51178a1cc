"""A provider tells of keys by unsigned notices: a notice only starts a check of the key, for a reference that we gave."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
import pytest

from connection_svc.application.take_notice import NoticeInbox
from connection_svc.domain.key_notice import ATTEMPTS, MOST_OF_A_REFERENCE
from koppel.kernel.retry import RetryPolicy

from .conftest import SERVICE
from .keys import KEY, Activation, Keys, keys_of, switch_on, tell


async def test_the_page_that_makes_keys_is_told_our_reference_and_the_way_back(
    activation: Activation,
) -> None:
    assert (activation.url.netloc, activation.url.path) == (
        "web.snelstart.nl",
        "/couplings/activate/koppel-app",
    )
    assert activation.back.startswith(f"{SERVICE}/v1/oauth/snelstart/callback?state=")
    assert parse_qs(urlsplit(activation.back).query)["state"] == [activation.reference]
    assert (await activation.shown())["state"] == "pending"


async def test_a_notice_with_our_reference_and_a_key_that_holds_completes_the_connection(
    activation: Activation, keys: Keys
) -> None:
    await activation.tell("Create")
    made = await activation.becomes("active")
    assert made["grants"][0]["company"]["external_id"] == "acme"
    assert keys.calls == [KEY]


async def test_a_notice_proves_nothing(activation: Activation, keys: Keys, organisation: Any) -> None:
    await activation.tell("Create", ReferenceKey="made-up")
    await tell(organisation, b"nonsense")
    await tell(organisation, b"x" * 9000)
    await tell(organisation, b"{}", provider="nobody")
    await tell(organisation, b"{}", provider="eaccounting")
    assert keys.calls == []
    await activation.tell("Create", key="forged")
    await activation.tell("Regenerate")
    assert (await activation.shown())["state"] == "pending"
    await activation.tell("Create")  # the provider's own still counts
    await activation.becomes("active")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 5000, b"\xff", b"x" * 3_000_000, b'"\\ud800"', b"a=b"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/html"])
async def test_whatever_is_told_is_accepted_without_a_word(organisation: Any, body: bytes, kind: str) -> None:
    async with organisation.client() as anybody:
        answer = await anybody.post(
            "/v1/key-notices/snelstart", content=body, headers={"content-type": kind, "authorization": "x"}
        )
    assert (answer.status_code, answer.content) == (202, b"")


async def test_a_reference_makes_one_connection(activation: Activation, keys: Keys) -> None:
    keys.opens["other"] = "zeta"
    await activation.tell("Create")
    await activation.tell("Create")
    await activation.tell("Create", key="other")
    assert [grant["company"]["external_id"] for grant in (await activation.shown())["grants"]] == ["acme"]
    assert keys.calls == [KEY]


async def test_a_notice_that_comes_too_late_is_none(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    organisation.clock.move(minutes=11)
    await activation.tell("Create")
    assert ((await activation.shown())["state"], keys.calls) == ("pending", [])


async def test_a_provider_that_does_not_know_yet_of_its_own_notice_is_asked_again(
    activation: Activation, keys: Keys
) -> None:
    await activation.tell("Create")
    await activation.tell("Delete")
    assert (await activation.shown())["state"] == "active"
    keys.opens = {}
    await activation.check_again(minutes=1)
    await activation.becomes("reauthorization_required")


async def test_a_key_that_does_not_go_is_left_alone_in_the_end(activation: Activation, keys: Keys) -> None:
    await activation.tell("Create")
    await activation.tell("Delete")
    for _ in range(ATTEMPTS.attempts):
        await activation.check_again(minutes=15)
    assert (await activation.shown())["state"] == "active"
    assert (await activation.outcomes())[-1] == ("deleted", "key_still_taken", False)


async def test_a_notice_that_comes_while_the_provider_is_away_is_checked_later(
    activation: Activation, keys: Keys
) -> None:
    keys.fault = httpx.ConnectError("away")
    await activation.tell("Create")
    assert (await activation.outcomes(), (await activation.shown())["state"]) == (
        [("created", None, True)],
        "pending",
    )
    keys.fault = None
    await activation.check_again(minutes=1)
    await activation.becomes("active")
    assert await activation.outcomes() == [("created", "followed", False)]


async def test_a_notice_is_stored_before_it_is_answered(
    activation: Activation, organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider sends it once: a process that is killed after the answer loses none."""
    keep = NoticeInbox._keep

    async def slowly(*given: Any) -> Any:
        for _ in range(20):
            await asyncio.sleep(0)
        return await keep(*given)

    monkeypatch.setattr(NoticeInbox, "_keep", slowly)
    told = {"KoppelSleutel": KEY, "ActionType": "Create", "ReferenceKey": activation.reference}
    async with organisation.client() as sender:
        answer = await sender.post("/v1/key-notices/snelstart", json=told)
    assert (answer.status_code, len(await activation.outcomes())) == (202, 1)


async def test_a_notice_that_comes_while_the_database_is_away_is_kept_when_it_is_back(
    activation: Activation, organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, away = organisation.use_cases.ports.unit_of_work, [True, True]
    begin = work.begin

    def sometimes(of: Any) -> Any:
        if away:
            away.pop()
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        return begin(of)

    monkeypatch.setattr(work, "begin", sometimes)
    monkeypatch.setattr(work, "_persistence", RetryPolicy(first=timedelta(milliseconds=1)))
    await activation.tell("Create")
    await activation.becomes("active")


async def test_a_notice_that_a_process_took_and_did_not_check_is_checked_by_another(
    activation: Activation, keys: Keys, organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organisation.use_cases.in_flight, "stopping", True)
    await activation.tell("Create")
    assert keys.calls == []
    monkeypatch.undo()
    await keys_of(organisation, monkeypatch)
    monkeypatch.setattr(organisation.use_cases.ports.providers, "_http", keys.http)
    await activation.check_again()
    await activation.becomes("active")


async def test_a_thousand_made_up_references_cost_no_look_into_the_database_and_no_call(
    activation: Activation, keys: Keys, organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = organisation.use_cases.ports.unit_of_work
    looks = Mock(side_effect=work.begin)
    monkeypatch.setattr(work, "begin", looks)
    own = activation.reference
    for index in range(1000):
        await activation.tell(
            "Create", ReferenceKey=f"{own[:-1]}{'ab'[own[-1] == 'a']}" if index % 2 else f"{index}"
        )
    assert (looks.call_count, keys.calls, await activation.outcomes()) == (0, [], [])


async def test_who_knows_a_reference_gets_ten_keys_tried_with_it(activation: Activation, keys: Keys) -> None:
    for index in range(100):
        await activation.tell("Create", key=f"guess-{index}")
    assert len(keys.calls) == MOST_OF_A_REFERENCE
    await activation.check_again(days=2)
    assert await activation.outcomes() == [], "none is kept for ever"


async def test_a_notice_that_is_told_again_does_nothing_in_whatever_process(
    activation: Activation, keys: Keys, organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await activation.tell("Create")
    await activation.tell("Create")
    monkeypatch.setattr(organisation.use_cases.inbox, "_heard", OrderedDict())
    await activation.tell("Create")
    assert (keys.calls, len(await activation.outcomes())) == ([KEY], 1)
    await activation.check_again(days=2)
    monkeypatch.setattr(organisation.use_cases.inbox, "_heard", OrderedDict())
    await activation.tell("Create")
    assert keys.calls == [KEY]


async def test_the_reference_decides_whose_key_it_is(
    activation: Activation,
    keys: Keys,
    opened_organisation: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two organisations that may open the same company each gets what its own link brought, and learns of no other."""
    other = await opened_organisation()
    switch_on(other, monkeypatch, CLIENT_ID="koppel-app")
    monkeypatch.setattr(other.use_cases.ports.providers, "_http", keys.http)
    theirs = Activation(other, await other.connect(provider="snelstart"))
    await activation.tell("Create")
    assert (await theirs.shown())["state"] == "pending"
    await theirs.tell("Create", ReferenceKey=activation.reference)
    assert (await theirs.shown())["state"] == "pending"
    keys.opens["theirs"] = "acme"
    await theirs.tell("Create", key="theirs")
    await theirs.becomes("active")
    keys.opens.pop("theirs")
    await theirs.tell("Delete", key="theirs")
    await theirs.becomes("reauthorization_required")
    assert (await activation.shown())["state"] == "active"
    assert (await other.api.get(f"/v1/connections/{activation.id}")).status_code == 404


async def test_no_noticed_key_is_stored_as_it_is(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    keys.fault = httpx.Response(503)
    await activation.tell("Create")
    for table in ("key_notice", "event_log", "audit_entry", "key_reference"):
        rows = await organisation.rows(f"select t::text as text from {table} t")
        assert not [row for row in rows if KEY in row["text"] or KEY.encode().hex() in row["text"]]
