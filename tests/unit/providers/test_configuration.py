"""One map of variables configures every provider; a mistake names its variable and never its value."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from koppel.kernel.errors import ConfigurationError
from koppel.providers.configuration import (
    ConfiguredProvider,
    configured_providers,
    configured_shares,
    configured_windows,
)
from koppel.providers.exact_online.profile import PROFILE as EXACT
from koppel.providers.moneybird.profile import PROFILE as MONEYBIRD
from koppel.providers.profile import Shares
from koppel.providers.snelstart.profile import PROFILE as SNELSTART
from koppel.providers.snelstart.profile import SUBSCRIPTION_HEADER

PROFILES = (EXACT, MONEYBIRD, SNELSTART)
SECRET = "s3cret-value"
CREDENTIALS = {"EXACT_ONLINE_CLIENT_ID": "koppel", "EXACT_ONLINE_CLIENT_SECRET": SECRET}


def exact(**variables: str) -> ConfiguredProvider:
    given = CREDENTIALS | {f"EXACT_ONLINE_{name}": value for name, value in variables.items()}
    return configured_providers(PROFILES, given)["exact_online"]


def mistakes(variables: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        configured_providers(PROFILES, variables)
    assert SECRET not in str(caught.value)
    return caught.value.lines


def test_a_provider_is_on_when_it_has_credentials() -> None:
    assert not configured_providers(PROFILES, {})
    assert list(configured_providers(PROFILES, CREDENTIALS)) == ["exact_online"]


def test_a_provider_can_be_switched_off_whatever_else_is_set() -> None:
    assert not configured_providers(PROFILES, CREDENTIALS | {"EXACT_ONLINE_ENABLED": "false"})


def test_a_limit_alone_does_not_switch_a_provider_on() -> None:
    assert not configured_providers(PROFILES, {"EXACT_ONLINE_LIMITS": "minute=30"})


def test_addresses_are_the_provider_s_own_unless_set() -> None:
    region = exact(TOKEN_URL="http://127.0.0.1:8190/exact_online/token/").default_region
    assert region.endpoints == replace(
        EXACT.regions[0].endpoints, token_url="http://127.0.0.1:8190/exact_online/token"
    )
    assert region.issuer == "https://start.exactonline.nl"


def test_another_region_is_on_when_it_has_a_client_of_its_own() -> None:
    assert list(exact().regions) == ["nl"]
    found = exact(REGIONS_BE_CLIENT_ID="belgian", REGIONS_BE_CLIENT_SECRET="geheim").regions
    assert list(found) == ["nl", "be"]
    assert found["be"].credentials.client_id == "belgian"
    assert found["be"].endpoints.token_url == "https://start.exactonline.be/api/oauth2/token"


def test_a_key_needs_no_client_and_its_header_comes_from_a_setting() -> None:
    found = configured_providers(PROFILES, {"SNELSTART_SUBSCRIPTION_KEY": SECRET})["snelstart"]
    assert found.headers == {SUBSCRIPTION_HEADER: SECRET}
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"MONEYBIRD_CLIENT_ID": "x"}, "KOPPEL_PROVIDERS_MONEYBIRD_CLIENT_SECRET is not set."),
        ({"MONEYBIRD_ENABLED": "true"}, "KOPPEL_PROVIDERS_MONEYBIRD_CLIENT_ID is not set."),
        ({"MONEYBIRD_API_BASE_URL": "https://a.test"}, "KOPPEL_PROVIDERS_MONEYBIRD_CLIENT_ID is not set."),
        ({"SNELSTART_CLIENT_ID": "koppel"}, "KOPPEL_PROVIDERS_SNELSTART_SUBSCRIPTION_KEY is not set."),
        (
            CREDENTIALS | {"EXACT_ONLINE_REGIONS_BE_CLIENT_ID": "x"},
            "KOPPEL_PROVIDERS_EXACT_ONLINE_REGIONS_BE_CLIENT_SECRET is not set.",
        ),
    ],
)
def test_half_a_configuration_names_what_is_missing(variables: dict[str, str], line: str) -> None:
    assert any(each.startswith(line) for each in mistakes(variables))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TWINFIELD_CLIENT_ID", "known are EXACT_ONLINE, MONEYBIRD, SNELSTART"),
        ("EXACT_ONLINE_CLIENTID", "it has API_BASE_URL, AUTHORIZE_URL, CLIENT_ID"),
        ("EXACT_ONLINE_REGIONS_XX_CLIENT_ID", "exact_online has no such setting"),
        ("SNELSTART_CLIENT_SECRET", "snelstart has no such setting"),
    ],
)
def test_an_unknown_variable_is_refused(name: str, told: str) -> None:
    (line,) = mistakes(CREDENTIALS | {name: SECRET})
    assert line.startswith(f"KOPPEL_PROVIDERS_{name} is not valid: ")
    assert told in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENABLED", "maybe"),
        ("TOKEN_URL", "start.exactonline.nl"),
        ("API_BASE_URL", "https://me:pw@host.test"),
        ("API_BASE_URL", "https://host.test:x"),
        ("API_BASE_URL", "https://[host"),
        ("AUTHORIZE_URL", "https://host.test/auth?x=1"),
        ("REGIONS_BE_TOKEN_URL", "ftp://host.test"),
        ("LIMITS", "minute"),
        ("LIMITS", "minute=0"),
        ("LIMITS", "minute=-1"),
        ("LIMITS", "minute=61"),
        ("LIMITS", "minute=30/59"),
        ("LIMITS", "minute=30,minute=20"),
        ("LIMITS", "hour=30"),
        ("LIMITS", "minute=٣"),
        ("LIMITS", f"minute={'9' * 5000}"),
        ("SHARES", "sync=0.9,discovery=0.1"),
        ("SHARES", "sync=0.9,discovery=0.05,logins=0.05,logins=0.05"),
        ("SHARES", "sync=0.9,discovery=0.09,logins=0.02"),
        ("SHARES", "sync=0.9,discovery=0.1,logins=0"),
        ("SHARES", "sync=0.9,discovery=0.1,logins=NaN"),
        ("SHARES", "sync=0.9,discovery=0.1,logins=1e-9"),
        ("SHARES", f"sync=0.9,discovery=0.1,logins=0.{'0' * 5000}1"),
        ("SHARES", "," * 100_000),
    ],
)
def test_a_value_that_cannot_be_is_refused(name: str, value: str) -> None:
    lines = mistakes(CREDENTIALS | {f"EXACT_ONLINE_{name}": value})
    assert f"KOPPEL_PROVIDERS_EXACT_ONLINE_{name} is not valid: " in lines[0]
    assert len(lines[0]) < 300


def test_windows_can_be_set_lower() -> None:
    found = {window.name: window for window in exact(LIMITS="minute=30, day=1000/172800").windows}
    assert (found["minute"].calls, found["minute"].seconds) == (30, 60)
    assert (found["day"].calls, found["day"].seconds) == (1000, 172_800)
    assert found["token_calls"] == next(each for each in EXACT.windows if each.name == "token_calls")


def test_a_service_without_credentials_reads_limits_alone() -> None:
    found = configured_windows(PROFILES, {"EXACT_ONLINE_LIMITS": "minute=10", "EXACT_ONLINE_CLIENT_ID": "x"})
    assert found["exact_online"][0].calls == 10
    assert found["moneybird"] == MONEYBIRD.windows
    with pytest.raises(ConfigurationError, match="KOPPEL_PROVIDERS_EXACT_ONLINE_LIMITS"):
        configured_windows(PROFILES, {"EXACT_ONLINE_LIMITS": "minute=100"})


def test_an_installation_shares_a_provider_s_windows_otherwise() -> None:
    wanted = Shares(sync=Decimal("0.6"), discovery=Decimal("0.3"), logins=Decimal("0.1"))
    text = "logins=0.1, sync=0.6,discovery = 0.3"
    assert exact(SHARES=text).shares == wanted
    found = configured_shares(PROFILES, {"MONEYBIRD_SHARES": text})
    assert (found["moneybird"], found["exact_online"]) == (wanted, EXACT.shares)


def test_an_id_that_begins_another_s_takes_nothing_from_it() -> None:
    short = replace(MONEYBIRD, id="exact")
    assert list(configured_providers((short, EXACT), CREDENTIALS)) == ["exact_online"]


def test_a_stand_in_without_limits_is_not_counted_and_token_calls_are() -> None:
    assert [window.name for window in exact(LIMITS="off").windows] == ["token_calls"]
    found = configured_windows(PROFILES, {"MONEYBIRD_LIMITS": "off"})
    assert found["moneybird"] == ()
