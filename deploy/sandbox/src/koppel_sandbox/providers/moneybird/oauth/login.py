"""The steps of one login, between the first form and the redirect back."""

from collections.abc import Mapping
from dataclasses import dataclass

from koppel_sandbox.oauth import logins
from koppel_sandbox.oauth.logins import OpenLogins, UnusableRequestError, trusted
from koppel_sandbox.providers.moneybird.books.catalogue import SALES, SCOPES
from koppel_sandbox.settings import Client


@dataclass(slots=True, kw_only=True)
class Login(logins.Login):
    scopes: tuple[str, ...]
    username: str | None = None


class Logins(OpenLogins[Login]):
    def begin(self, query: Mapping[str, str], client: Client | None) -> Login:
        """Raises UnusableRequestError. Without a scope the provider's default is asked."""
        redirect_uri, state = query.get("redirect_uri", ""), query.get("state")
        client_id = trusted(client, redirect_uri, "moneybird").client_id
        scopes = tuple(query.get("scope", SALES).split())
        if query.get("response_type") != "code" or not set(scopes) <= SCOPES:
            raise UnusableRequestError("response_type must be code, and every scope a known one")
        return self.keep(Login(client_id=client_id, redirect_uri=redirect_uri, state=state, scopes=scopes))
