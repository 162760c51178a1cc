"""Which windows a call counts for, and how much of each is ours."""

from decimal import Decimal

import pytest

from koppel.kernel.ids import new_id
from koppel.ports.budget import ScopedWindow, Spender
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.scoped_windows import scoped_windows, share_of

WINDOWS = {name: provider.profile.windows for name, provider in PROVIDERS.items()}


def spender(provider: str, endpoint: str = "customers", company: str | None = "7") -> Spender:
    return Spender(
        provider=provider, organisation_id=new_id(), grant_id=new_id(), endpoint=endpoint, company=company
    )


def of(spends: Spender, share: str = "0.9") -> dict[str, ScopedWindow]:
    return {each.name: each for each in scoped_windows(WINDOWS, Decimal(share))(spends)}


@pytest.mark.parametrize(
    ("calls", "share", "ours"),
    [(600, "0.9", 540), (600, "0.1", 60), (5, "0.1", 1), (1, "0.9", 1), (100, "0.29", 29), (7, "1", 7)],
)
def test_a_share_is_rounded_down_and_never_nothing(calls: int, share: str, ours: int) -> None:
    assert share_of(calls, Decimal(share)) == ours


def test_the_shares_of_both_services_are_never_more_than_the_window() -> None:
    both = {
        calls: share_of(calls, Decimal("0.9")) + share_of(calls, Decimal("0.1")) for calls in range(2, 700)
    }
    assert all(ours <= calls for calls, ours in both.items())


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
