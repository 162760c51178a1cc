"""Which windows a call counts for, and how much of each is ours."""

from decimal import Decimal
from functools import partial

import pytest

from koppel.kernel.ids import new_id
from koppel.ports.budget import ScopedWindow, Spender
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.profile import Shares, part_of
from koppel.providers.scoped_windows import DISCOVERY_ALONE, LOGINS_ALONE, scoped_windows, with_own_endpoints

WINDOWS = {name: provider.profile.windows for name, provider in PROVIDERS.items()}


def spender(provider: str, endpoint: str = "customers", company: str | None = "7") -> Spender:
    return Spender(
        provider=provider, organisation_id=new_id(), grant_id=new_id(), endpoint=endpoint, company=company
    )


def of(spends: Spender, share: str = "0.9") -> dict[str, ScopedWindow]:
    return {
        each.name: each
        for each in scoped_windows(WINDOWS, dict.fromkeys(WINDOWS, partial(part_of, share=Decimal(share))))(
            spends
        )
    }


@pytest.mark.parametrize(
    ("calls", "share", "ours"),
    [(600, "0.9", 540), (600, "0.1", 60), (5, "0.1", 1), (1, "0.9", 1), (100, "0.29", 29), (7, "1", 7)],
)
def test_a_share_is_rounded_down_and_never_nothing(calls: int, share: str, ours: int) -> None:
    assert part_of(calls, Decimal(share)) == ours


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_parts_of_all_services_are_never_more_than_the_window(provider: str) -> None:
    shares = PROVIDERS[provider].profile.shares
    together = {
        calls: shares.for_sync(calls) + shares.for_discovery(calls) + shares.for_logins(calls)
        for calls in range(3, 700)
    }
    assert all(ours <= calls for calls, ours in together.items())


def test_syncs_have_nine_tenths_where_a_profile_does_not_say() -> None:
    assert [Shares().for_sync(600), Shares().for_discovery(600), Shares().for_logins(600)] == [540, 48, 12]


def test_shares_that_are_more_than_the_whole_are_none() -> None:
    with pytest.raises(ValueError, match="at most 1 together"):
        Shares(sync=Decimal("0.9"), discovery=Decimal("0.1"), logins=Decimal("0.02"))


def test_what_is_counted_at_an_endpoint_is_shared_by_those_who_call_it() -> None:
    parts = dict.fromkeys(WINDOWS, Shares().for_discovery)
    found = with_own_endpoints(WINDOWS, parts, {"companies": DISCOVERY_ALONE})
    asks = spender("exact_online", endpoint="companies")
    assert {each.name: each.calls for each in found(asks)} == {"minute": 4, "day": 400, "errors": 3}
    assert {each.name: each.calls for each in found(asks.at("probe"))} == {
        "minute": 4,
        "day": 400,
        "errors": 1,
    }
    assert sum(part_of(5, share) for share in (DISCOVERY_ALONE, LOGINS_ALONE)) <= 5


def test_all_organisations_share_a_window_that_is_counted_for_our_client_and_an_endpoint() -> None:
    here, there = of(spender("eaccounting")), of(spender("eaccounting", company="8"))
    assert here["minute"].scope == there["minute"].scope == "client endpoint=customers"
    assert of(spender("eaccounting", endpoint="vouchers"))["minute"].scope == "client endpoint=vouchers"


def test_a_company_has_windows_of_its_own_where_the_provider_counts_so() -> None:
    found = of(spender("exact_online"))
    assert {name: found[name].scope for name in ("minute", "day")} == {
        "minute": "client company=7",
        "day": "client company=7",
    }
    assert found["day"].daily
    assert not found["minute"].daily
    assert found["errors"].errors


def test_token_calls_are_not_drawn_by_those_who_call_the_api() -> None:
    assert set(of(spender("exact_online"))) == {"minute", "day", "errors"}


def test_a_company_that_is_not_known_yet_is_one_of_the_logins_own() -> None:
    asks = spender("exact_online", company=None)
    assert of(asks)["minute"].scope == f"client company_of={asks.grant_id}"


def test_all_that_leaves_from_one_address_shares_a_window() -> None:
    assert of(spender("moneybird"))["requests"].scope == "source_address"


def test_a_window_is_of_all_where_neither_endpoint_nor_login_nor_company_has_its_own() -> None:
    assert of(spender("moneybird"))["requests"].of_all
    for provider in ("eaccounting", "exact_online", "snelstart"):
        assert not any(window.of_all for window in of(spender(provider)).values())


def test_a_provider_that_nobody_knows_has_no_windows() -> None:
    assert of(spender("unheard_of")) == {}


def test_an_id_without_end_makes_no_scope_without_end() -> None:
    assert len(of(spender("snelstart", company="x" * 100_000))["minute"].scope) < 300
