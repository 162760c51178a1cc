"""Webhook subscriptions: an empty body must be answered at once, then what changes is told, signed, one try each."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import orjson

from koppel_sandbox.books.changes import Altered
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import Clock, as_text
from koppel_sandbox.providers.exact_online.books import entries, lines, parties
from koppel_sandbox.providers.exact_online.errors import ApiError
from koppel_sandbox.providers.exact_online.values import odata_date
from koppel_sandbox.settings import Client
from koppel_sandbox.story.draw import guid

SUBSCRIPTIONS = "webhooks/webhooksubscriptions"
SECRET = "koppel-local-webhook-secret"  # noqa: S105  (public: the sandbox protects nothing)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_TRANSACTIONS = "FinancialTransactions"
_TOPICS = {
    parties.ACCOUNTS: ("Accounts", "crm/Accounts"),
    entries.SALES_ENTRIES: (_TRANSACTIONS, "financialtransaction/Transactions"),
    entries.PURCHASE_ENTRIES: (_TRANSACTIONS, "financialtransaction/Transactions"),
    lines.MEMORIALS: (_TRANSACTIONS, "financialtransaction/Transactions"),
}
_TAKEN = {200, 201}
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    division: str
    client_id: str
    user_id: str
    topic: str
    callback_url: str
    description: str | None
    created: int

    def as_json(self) -> JsonObject:
        return {
            "ID": self.id,
            "CallbackURL": self.callback_url,
            "Topic": self.topic,
            "ClientID": self.client_id,
            "UserID": self.user_id,
            "Division": int(self.division),
            "Description": self.description,
            "Created": odata_date(self.created),
        }


class Webhooks:
    """Kept in memory only: a restart loses it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: list[Subscription] = []
        self._running: set[asyncio.Task[None]] = set()

    def of(self, division: str) -> list[Subscription]:
        return [each for each in self._held if each.division == division]

    async def subscribe(self, division: str, user_id: str, client: Client, body: bytes) -> Subscription:
        """Calls the address with an empty body first. Raises ApiError."""
        asked = _order(body)
        topic, callback = asked.get("Topic"), asked.get("CallbackURL")
        if not isinstance(topic, str) or topic not in {name for name, _ in _TOPICS.values()}:
            raise ApiError(400, "Invalid topic.")
        if not isinstance(callback, str) or not _may_be_called(callback, client):
            raise ApiError(400, "The callback must lie on the domain of the redirect URI.")
        if any(each.topic == topic for each in self.of(division)):
            raise ApiError(500, "Data already exists")
        if await _post(callback, b"") not in _TAKEN:
            raise ApiError(400, "The callback did not answer an empty body with 200 or 201.")
        now, said = self._clock(), asked.get("Description")
        made = Subscription(
            guid(f"{division}/{topic}/{now}"), division, client.client_id, user_id, topic, callback,
            said if isinstance(said, str) else None, now,
        )  # fmt: skip
        self._held.append(made)
        return made

    def tell(self, division: str, collection: str, done: Altered) -> None:
        """Starts to notify the subscribers; needs a running event loop."""
        topic, endpoint = _TOPICS.get(collection, ("", ""))
        actions = (("Update", done.changed), ("Create", done.added), ("Delete", done.removed))
        for subscription in self.of(division):
            for action, keys in actions if subscription.topic == topic else ():
                for key in keys:
                    body = self._delivery(subscription, action, key, endpoint)
                    task = asyncio.get_running_loop().create_task(_tell(subscription.callback_url, body))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)

    def _delivery(self, subscription: Subscription, action: str, key: str, endpoint: str) -> bytes:
        content = orjson.dumps(
            {
                "Topic": subscription.topic,
                "ClientId": subscription.client_id,
                "Division": int(subscription.division),
                "Action": action,
                "Key": key,
                "ExactOnlineEndpoint": f"/api/v1/{subscription.division}/{endpoint}(guid'{key}')",
                "EventCreatedOn": as_text(self._clock()),
            }
        )
        signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest().upper()
        return b'{"Content":' + content + b',"HashCode":"' + signature.encode() + b'"}'


def _order(body: bytes) -> Mapping[str, object]:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        asked = None
    if not isinstance(asked, dict):
        raise ApiError(400, "The body must be a JSON object.")
    return asked


def _may_be_called(callback: str, client: Client) -> bool:
    try:
        parts = urlsplit(callback)
        hosts = {urlsplit(uri).hostname for uri in client.redirect_uris}
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname in {*hosts, *_LOOPBACK}


async def _tell(url: str, body: bytes) -> None:
    with suppress(OSError):
        await _post(url, body)


async def _post(url: str, body: bytes) -> int:
    """The status, 0 without an answer."""
    return await asyncio.to_thread(_send, url, body)


def _send(url: str, body: bytes) -> int:
    request = Request(url, body, {"content-type": "application/json"}, method="POST")  # noqa: S310  (checked above)
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            status: int = answer.status
            return status
    except HTTPError as error:
        with error:
            return error.code
    except (URLError, OSError):
        return 0
