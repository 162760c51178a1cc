"""The API under `/v2`: one administration, the one whose key gave the token."""

from koppel_sandbox.provider import Answer, Call, Truncation
from koppel_sandbox.providers.snelstart.books.catalogue import KINDS
from koppel_sandbox.providers.snelstart.books.company import COMPANY_INFO
from koppel_sandbox.providers.snelstart.errors import denied, gateway, refused
from koppel_sandbox.providers.snelstart.selection import asked, select
from koppel_sandbox.providers.snelstart.state import State

PREFIX = "/v2/"
SUBSCRIPTION_HEADER = "ocp-apim-subscription-key"


class Api:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call, cut: Truncation | None) -> Answer:
        if call.headers.get(SUBSCRIPTION_HEADER) != self._state.settings.subscription_key:
            return gateway(401, "Access denied due to invalid subscription key. Provide a valid one.")
        company_id = self._state.keys.opened_by(call.bearer or "")
        if company_id is None:
            return denied()
        wait = self._state.budgets.seconds_to_wait(company_id)
        if wait:
            return gateway(429, f"Rate limit is exceeded. Try again in {wait} seconds.", wait)
        name = call.path.removeprefix(PREFIX)
        if name not in KINDS:
            return gateway(404, "Resource not found")
        if call.method != "GET":
            return refused(405, "ALG-0001", "Alleen lezen.")
        return self._read(call, company_id, name, cut)

    def _read(self, call: Call, company_id: str, name: str, cut: Truncation | None) -> Answer:
        held = self._state.world.books.collection(company_id, name)
        if name == COMPANY_INFO:
            return Answer(200, held.one(0))
        if not held.kind.has_odata:  # a filter, a skip and a top are ignored without a word
            indexes = held.indexes
            return Answer(200, b"[" + held.joined(indexes[: len(indexes) // 2] if cut else indexes) + b"]")
        wanted = asked(call.query)
        if isinstance(wanted, Answer):
            return wanted
        indexes = select(held, wanted.since)
        indexes = indexes[: len(indexes) // 2] if cut else indexes
        return Answer(200, b"[" + held.joined(indexes[wanted.skip : wanted.skip + wanted.top]) + b"]")
