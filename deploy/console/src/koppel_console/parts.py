"""What a running console is made of; `app.state.parts` holds the one."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from koppel_console.login.issuer import Issuer
from koppel_console.login.renewal import Renewal
from koppel_console.login.rounds import Rounds
from koppel_console.own_urls import OwnUrls
from koppel_console.pages.rendering import Pages
from koppel_console.services.remembered import Remembered
from koppel_console.session.cookies import Cookies
from koppel_console.session.seal import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`services` are base URLs by name."""

    urls: OwnUrls
    seal: Seal
    cookies: Cookies
    issuer: Issuer
    rounds: Rounds
    renewal: Renewal
    http: httpx.AsyncClient
    services: Mapping[str, str]
    remembered: Remembered
    pages: Pages
