"""eAccounting behind the port. Sources: developer.vismaonline.com (authentication, rate limits), API v2 spec."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import httpx
from pydantic import JsonValue

from koppel.contracts.values import ResourceName
from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.eaccounting import contacts, invoices, ledger
from koppel.providers.eaccounting.answers import failure_of, page_of
from koppel.providers.failures import failure
from koppel.providers.kvk import kvk_number
from koppel.providers.oauth import revocation_call, token_call
from koppel.providers.port import (
    ClientCredentials,
    Company,
    GrantCovers,
    Listing,
    OAuthEndpoints,
    Page,
    Provider,
    ProviderAccess,
    RateLimit,
    TokenSet,
)

# Limits the company selector to companies that have eAccounting.
_ACR_VALUES = "service:44643EB1-3F76-4C1C-A672-402AE8085934"

_LISTINGS = (
    ledger.FISCAL_YEARS,
    ledger.VAT_CODES,
    ledger.ACCOUNTS,
    ledger.COST_CENTERS,
    contacts.CUSTOMERS,
    contacts.SUPPLIERS,
    ledger.PROJECTS,
    invoices.CUSTOMER_INVOICES,
    invoices.SUPPLIER_INVOICES,
    ledger.VOUCHERS,
)


class EAccounting:
    """Visma eAccounting."""

    id = "eaccounting"
    name = "Visma eAccounting"
    grant_covers = GrantCovers.ONE_ADMINISTRATION
    auth = "oauth2"
    scopes = (
        "ea:api",
        "offline_access",
        "ea:sales_readonly",
        "ea:accounting_readonly",
        "ea:purchase_readonly",
    )
    endpoints = OAuthEndpoints(
        authorize_url="https://identity.vismaonline.com/connect/authorize",
        token_url="https://identity.vismaonline.com/connect/token",  # noqa: S106  # an address
        revocation_url="https://identity.vismaonline.com/connect/revocation",
        api_base_url="https://eaccountingapi.vismaonline.com/v2",
    )
    rate_limit = RateLimit(requests=600, seconds=60)
    resources: tuple[ResourceName, ...] = tuple(dict.fromkeys(listing.resource for listing in _LISTINGS))
    listings: Mapping[ResourceName, tuple[Listing, ...]] = MappingProxyType(
        {
            resource: tuple(listing for listing in _LISTINGS if listing.resource == resource)
            for resource in resources
        }
    )

    def authorization_url(
        self,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        redirect_uri: str,
        state: str,
        code_challenge: str,
        select_account: bool,
    ) -> str:
        params = {
            "response_type": "code",
            "client_id": credentials.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.scopes),
            "state": state,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
            "acr_values": _ACR_VALUES,
        }
        if select_account:
            params["prompt"] = "select_account"
        return str(httpx.URL(endpoints.authorize_url).copy_merge_params(params))

    async def exchange_code(
        self,
        http: httpx.AsyncClient,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        code: str,
        code_verifier: str,
        redirect_uri: str,
    ) -> TokenSet:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": code_verifier,
            "redirect_uri": redirect_uri,
        }
        tokens = await token_call(http, endpoints.token_url, credentials, form)
        if tokens.scopes:
            return tokens
        # RFC 6749 §5.1: an answer that names no scopes grants those that were asked.
        return TokenSet(tokens.access_token, tokens.refresh_token, tokens.expires_in, self.scopes)

    async def refresh(
        self,
        http: httpx.AsyncClient,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        refresh_token: str,
    ) -> TokenSet:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await token_call(http, endpoints.token_url, credentials, form)

    async def revoke(
        self,
        http: httpx.AsyncClient,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        token: str,
    ) -> None:
        await revocation_call(http, endpoints.revocation_url, credentials, token=token)

    async def companies(self, http: httpx.AsyncClient, access: ProviderAccess) -> list[Company]:
        answer = await _get(http, access, "/companysettings", {})
        return [_company(answer.json_object())]

    async def page(
        self,
        http: httpx.AsyncClient,
        access: ProviderAccess,
        listing: Listing,
        *,
        number: int,
        page_size: int,
        changed_since: datetime | None,
    ) -> Page:
        params = {"$page": str(number), "$pagesize": str(min(page_size, listing.page_size))}
        if listing.incremental and changed_since:
            params["$filter"] = f"{listing.incremental} gt {_date_literal(changed_since)}"
        return page_of(await _get(http, access, listing.path, params), listing, number)


async def _get(http: httpx.AsyncClient, access: ProviderAccess, path: str, params: dict[str, str]) -> Answer:
    request = http.build_request(
        "GET",
        access.api_base_url.rstrip("/") + path,
        params=params,
        headers={"Authorization": f"Bearer {access.access_token}"},
    )
    answer = await send(http, request)
    if answer.status != 200:
        raise failure_of(answer)
    return answer


def _company(settings: dict[str, JsonValue]) -> Company:
    external_id, name = settings.get("CompanyIdentifier"), settings.get("Name")
    vat_number, country = settings.get("VatCode"), settings.get("CountryCode")
    if not isinstance(external_id, str) or not external_id:
        raise failure(failures.BAD_ANSWER)
    # Elsewhere 8 digits are another register's number: Denmark's CVR has 8 as well.
    is_dutch = not country or country == "NL"
    return Company(
        external_id=external_id,
        name=name if isinstance(name, str) and name else external_id,
        kvk_number=kvk_number(settings.get("CorporateIdentityNumber")) if is_dutch else None,
        vat_number=vat_number if isinstance(vat_number, str) and vat_number else None,
    )


def _date_literal(since: datetime) -> str:
    """An unquoted OData instant in UTC, cut to milliseconds: downwards, so that nothing is missed."""
    if since.tzinfo is None:
        raise ValueError("changed_since needs a time zone")
    utc = since.astimezone(UTC).replace(tzinfo=None)
    timespec = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return f"{utc.isoformat(timespec=timespec)}Z"


EACCOUNTING: Provider = EAccounting()
