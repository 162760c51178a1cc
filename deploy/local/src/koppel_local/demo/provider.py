"""The providers that the demonstration can be played at, and what differs at each: data, and the words of some steps."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from koppel_local.demo.api import Json
from koppel_local.failure import SetupFailed

VARIABLE = "PROVIDER"
USERNAME = "demo"
"""The sandbox's own demonstration user."""
Words = tuple[str, str]
"""A step's title and what it expects."""


@dataclass(frozen=True, slots=True)
class Provider:
    """`contacts` are the sandbox's collections that become contacts, the first one that somebody works in.

    `covers_many`: one login reaches every company. `tells_removals`: an incremental run learns what is gone.
    """

    id: str
    name: str
    contacts: tuple[str, ...]
    covers_many: bool = False
    tells_removals: bool = False
    one_login_a_person: bool = False
    """A second login of the same person ends the first, whichever office it was for."""
    by_key: bool = False
    """Each company has a key: one is made on the provider's page and told in a notice, the others are pasted."""
    is_contact: Callable[[Json], bool] | None = None
    """Which items of `contacts` are; None: all."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """Of the steps, by their functions, that say something else at this provider."""

    def username(self, organisation_id: UUID) -> str:
        """Who logs in for an office; the password is the name."""
        return f"{USERNAME}-{organisation_id}" if self.one_login_a_person else USERNAME

    def order(self, **asked: object) -> Json:
        """The body of a control call at the sandbox."""
        return {"provider": self.id, **asked}


EACCOUNTING = Provider("eaccounting", "eAccounting", ("customers", "suppliers"))


def _of_many(provider_id: str, name: str, contacts: str, *, one_login_a_person: bool = False) -> Provider:
    words = {
        "connect": (f"The office connects {name}", "a connection in state pending, with a URL to log in at"),
        "log_in": (
            "One login at the provider, for every company that it reaches",
            "it comes back authorized; the connection is active with one grant",
        ),
        "discover": (
            "Discovery",
            "the three companies among the candidates, KvK numbers filled in where the provider has one",
        ),
        "sync_changes": (
            "'Synchroniseren': an incremental run",
            "exactly the changed and the new contacts, the removed one deleted, and nothing in the other administrations",
        ),
        "find_removed": (
            "Two full runs find nothing more",
            "what was removed is gone since the incremental run, and all else is there",
        ),
    }
    return Provider(
        provider_id,
        name,
        (contacts,),
        covers_many=True,
        tells_removals=True,
        one_login_a_person=one_login_a_person,
        words=words,
    )


_SNELSTART = Provider(
    "snelstart",
    "SnelStart",
    ("relaties",),
    tells_removals=True,
    by_key=True,
    is_contact=lambda item: (
        not item["nonactief"] and item["relatiecode"] >= 0 and "Eigen" not in item["relatiesoort"]
    ),
    words={
        "connect": (
            "The office connects SnelStart",
            "a connection in state pending, with the URL of the page that makes keys",
        ),
        "log_in": (
            "A key for each company: one made on the page and told by a notice, two pasted",
            "the browser comes back authorized; the connection is active with three grants",
        ),
        "sync_changes": (
            "'Synchroniseren': an incremental run",
            "exactly the changed and the new contacts, the inactive one deleted, and nothing in the other administrations",
        ),
        "find_removed": (
            "Two full runs find nothing more",
            "what became inactive is gone since the incremental run, and all else is there",
        ),
    },
)

PROVIDERS: Mapping[str, Provider] = {
    each.id: each
    for each in (
        EACCOUNTING,
        _of_many("exact_online", "Exact Online", "Accounts", one_login_a_person=True),
        _of_many("moneybird", "Moneybird", "contacts"),
        _SNELSTART,
    )
}


SECOND = PROVIDERS["exact_online"]
"""What an office of eAccounting connects besides, unless `PROVIDER` names one to play at."""


def second_provider() -> Provider | None:
    """None where one was named: then the demonstration is about that one alone."""
    return None if os.environ.get(VARIABLE) else SECOND


def provider_asked_for() -> Provider:
    """The one that `PROVIDER` names, else eAccounting. Raises `SetupFailed`."""
    named = os.environ.get(VARIABLE) or EACCOUNTING.id
    if named not in PROVIDERS:
        detail = f"The demonstration cannot be played at {named[:40]!r}."
        raise SetupFailed("provider_unknown", detail, hint=f"{VARIABLE} is one of {', '.join(PROVIDERS)}.")
    return PROVIDERS[named]
