"""The steps of one login, between the first form and the redirect back."""

from collections.abc import Mapping
from dataclasses import dataclass

from koppel_sandbox.oauth import logins
from koppel_sandbox.oauth.logins import OpenLogins, UnusableRequestError, trusted
from koppel_sandbox.providers.exact_online.world import User
from koppel_sandbox.settings import Client


@dataclass(slots=True, kw_only=True)
class Login(logins.Login):
    """Parameters that Exact does not know (PKCE, scopes) are passed over."""

    region: str
    user: User | None = None


class Logins(OpenLogins[Login]):
    def begin(self, region: str, query: Mapping[str, str], client: Client | None) -> Login:
        """Raises UnusableRequestError."""
        redirect_uri, state = query.get("redirect_uri", ""), query.get("state")
        client_id = trusted(client, redirect_uri, "exact_online").client_id
        if query.get("response_type") != "code":
            raise UnusableRequestError("Only response_type=code is supported")
        return self.keep(Login(region=region, client_id=client_id, redirect_uri=redirect_uri, state=state))
