"""Chooses the companies to connect: one with a KvK number at the provider, one without, one for tests."""

from dataclasses import dataclass
from enum import StrEnum

from koppel_local.demo.api import Api
from koppel_local.demo.failure import Unexpected
from koppel_local.demo.provider import EACCOUNTING, Provider

_TESTS = ("test", "demo")
"""How a word of a name begins that is no company's."""


class Profile(StrEnum):
    """How an administration gets its profile."""

    PREFILLED = "KvK number from the provider"
    TYPED = "KvK number typed"
    TEST = "test or demo, with a sector"


@dataclass(frozen=True, slots=True)
class Company:
    """A company at the provider; `kvk_number` is what the provider has."""

    id: str
    name: str
    kvk_number: str | None
    profile: Profile
    provider: Provider = EACCOUNTING


def choose_companies(sandbox: Api, username: str, provider: Provider = EACCOUNTING) -> list[Company]:
    """One of each profile, in use, in the order of `Profile`. Raises `Unexpected` when the sandbox has none."""
    settings = sandbox.get("/_sandbox/settings", provider=provider.id)
    [user] = [each for each in settings["users"] if each["username"] == username]
    found: dict[Profile, Company] = {}
    for each in settings["companies"]:
        if each["id"] in user["company_ids"] and each.get("status", "active") == "active":
            number = each["corporate_identity_number"]
            profile = _profile(each["name"], number)
            found.setdefault(profile, Company(each["id"], each["name"], number, profile, provider))
    if missing := [profile for profile in Profile if profile not in found]:
        raise Unexpected(f"a company of the sandbox for: {', '.join(missing)}", "none of that kind")
    return [found[profile] for profile in Profile]


def _profile(name: str, number: str | None) -> Profile:
    words = "".join(each if each.isalnum() else " " for each in name.lower()).split()
    if any(word.startswith(_TESTS) for word in words):
        return Profile.TEST
    return Profile.PREFILLED if number else Profile.TYPED
