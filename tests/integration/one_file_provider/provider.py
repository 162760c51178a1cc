"""A made-up provider, "Grootboekje", in one file: its profile, its listing, its behaviour, and its far side."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from koppel.contracts.values import ResourceName
from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.company import Company
from koppel.providers.failures import failure
from koppel.providers.kvk import kvk_number
from koppel.providers.listed_records import Page, read_items
from koppel.providers.listing import Listing
from koppel.providers.mapping import text
from koppel.providers.port import CompanyPage, Provider, ProviderAccess
from koppel.providers.profile import (
    ClientAuthentication,
    CodeFlow,
    CountedPer,
    Endpoints,
    GrantCovers,
    ProviderProfile,
    RateWindow,
    Region,
    TokenTiming,
)
from koppel.providers.reading import PageRequest, Sequence, Watermark, WatermarkKind

HOST = "https://grootboekje.test"

PROFILE = ProviderProfile(
    id="grootboekje",
    name="Grootboekje",
    grant_covers=GrantCovers.MANY_ADMINISTRATIONS,
    auth=CodeFlow(client_authentication=ClientAuthentication.BODY, pkce=False, scopes=("lezen",)),
    regions=(Region("nl", "Nederland", Endpoints(f"{HOST}/login", f"{HOST}/token", None, f"{HOST}/api")),),
    timing=TokenTiming(lifetime=timedelta(minutes=10)),
    windows=(RateWindow(name="minute", calls=60, seconds=60, per=frozenset({CountedPer.COMPANY})),),
    at_once=1,
)

RELATIONS = Listing(
    name="relaties",
    resource=ResourceName.CONTACT,
    path="/relaties",
    cursor=Sequence("volgnummer"),
    key=("nummer",),
    volatile=frozenset({"volgnummer"}),
    fields={"name": text("naam")},
)


class Grootboekje(Provider):
    """Pages by a token, changes above a number, companies two at a time."""

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        body = (await _get(http, access, "/bedrijven", {"vanaf": continuation or ""})).json_object()
        rows, following = body["bedrijven"], body["verder"]
        assert isinstance(rows, list)
        found = [
            Company(str(each["id"]), str(each["naam"]), kvk_number(each["kvk"]))
            for each in rows
            if isinstance(each, dict)
        ]
        return CompanyPage(found, following if isinstance(following, str) else None)

    async def read(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ask: PageRequest
    ) -> Page:
        since = "" if ask.since is None else ask.since.value
        params = {"verder": ask.continuation or "", "na": since}
        body = (await _get(http, access, f"/{access.company}{listing.path}", params)).json_object()
        items, following, highest = body["rijen"], body["verder"], body["hoogste"]
        assert isinstance(items, list)
        records, broken = read_items(items, listing)
        return Page(
            records=records,
            broken=broken,
            next=following if isinstance(following, str) else None,
            high=Watermark(WatermarkKind.SEQUENCE, str(highest)) if highest else None,
        )


async def _get(http: httpx.AsyncClient, access: ProviderAccess, path: str, params: dict[str, str]) -> Answer:
    headers = {"Authorization": f"Bearer {access.access_token}", **access.headers}
    answer = await send(
        http, http.build_request("GET", access.api_base_url + path, params=params, headers=headers)
    )
    if answer.status != 200:
        raise failure(failures.UNAUTHORIZED if answer.status == 401 else failures.UNAVAILABLE)
    return answer


GROOTBOEKJE = Grootboekje(PROFILE, (RELATIONS,))


class FarSide:
    """What answers at the provider's addresses. Pages have two entries."""

    def __init__(self) -> None:
        self.companies = ["bakker", "slager", "kapper"]
        self.relations = [{"nummer": str(n), "naam": f"Relatie {n}", "volgnummer": n} for n in range(1, 6)]
        self.token_forms: list[dict[str, str]] = []
        self.reads: list[tuple[str, str]] = []

    def log_in(self, authorization_url: str) -> str:
        """Where the browser is sent back to."""
        asked = dict(parse_qsl(urlsplit(authorization_url).query))
        return f"{asked['redirect_uri']}?{urlencode({'code': 'de-code', 'state': asked['state']})}"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, dict(request.url.params)
        if path == "/token":
            self.token_forms.append(dict(parse_qsl(request.content.decode())))
            return httpx.Response(200, json={"access_token": "sleutel", "refresh_token": "ververs"})
        if request.headers.get("Authorization") != "Bearer sleutel":
            return httpx.Response(401)
        if path == "/api/bedrijven":
            start = int(query["vanaf"] or 0)
            shown = [
                {"id": name, "naam": name.title(), "kvk": "01234567"}
                for name in self.companies[start : start + 2]
            ]
            more = str(start + 2) if start + 2 < len(self.companies) else None
            return httpx.Response(200, json={"bedrijven": shown, "verder": more})
        return self._relations(query["verder"], query["na"])

    def _relations(self, continuation: str, since: str) -> httpx.Response:
        self.reads.append((continuation, since))
        start, above = int(continuation.removeprefix("blad-") or 0), int(since or 0)
        found = [each for each in self.relations if int(str(each["volgnummer"])) > above]
        shown = found[start : start + 2]
        more = f"blad-{start + 2}" if start + 2 < len(found) else None
        highest = max((int(str(each["volgnummer"])) for each in shown), default=None)
        return httpx.Response(200, json={"rijen": shown, "verder": more, "hoogste": highest})
