"""One company: its keys, its times, its name and number."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from koppel_sandbox.instants import DAY, SECOND, at
from koppel_sandbox.settings import Sizes
from koppel_sandbox.story.draw import Draw, digest, guid
from koppel_sandbox.story.dutch import FIRST_NAMES, FORMS, LAST_NAMES, TRADES

FIRST_YEAR = 2025
_OLDEST_CHANGE = at(2025)
_CHANGE_SECONDS = 500 * 86_400  # up to 15 May 2026: nothing the seed makes lies in the future
_SCATTER = 2_654_435_761  # Knuth's multiplicative constant: neighbours get far-apart times

# The first five are hand-picked for what an importer must cope with: a leading zero in the KvK number, a
# partnership, no number at all, and a test company. The rest is drawn.
_FIRST = (
    ("Bakkerij De Vries B.V.", 1),
    ("Installatietechniek Van den Berg B.V.", 1),
    ("Kwekerij Jansen en Zonen V.O.F.", 5),
    ("Hanneke Visser Advies", 2),
    ("Testadministratie Demo B.V.", 1),
)
_WITHOUT_NUMBER = 3
_LEADING_ZERO = 1


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """Identity of a company in a seeded world; `number` counts from 0. Hashed by identity, which is quick."""

    seed: int
    number: int
    sizes: Sizes
    id: str

    @classmethod
    def of(cls, seed: int, number: int, sizes: Sizes) -> "Company":
        return cls(seed, number, sizes, guid(f"{seed}/company/{number}"))

    def key(self, kind: str, index: int) -> str:
        return f"{self.seed}/{self.number}/{kind}/{index}"

    def guid(self, kind: str, index: int) -> str:
        return guid(self.key(kind, index))

    def draw(self, kind: str, index: int) -> Draw:
        return Draw(self.key(kind, index))

    def changed_at(self, kind: str, index: int) -> int:
        """When the seeded object was last changed; arithmetic only, so 100,000 of them cost little."""
        scattered = (_start(self, kind) + index * _SCATTER) % _CHANGE_SECONDS
        return _OLDEST_CHANGE + scattered * SECOND + index % 1000 * 1000

    def created_at(self, kind: str, index: int) -> int:
        return self.changed_at(kind, index) - (1 + index % 200) * DAY


@lru_cache(maxsize=256)
def _start(company: Company, kind: str) -> int:
    return digest(f"{company.seed}/{company.number}/{kind}", 6)


def kvk_number(company: Company) -> str | None:
    """Eight digits as text, or None for a company that never filled it in."""
    if company.number % 50 == _WITHOUT_NUMBER:
        return None
    drawn = digest(company.key("kvk", 0), 6)
    if company.number % 7 == _LEADING_ZERO:
        return f"{1_000_000 + drawn % 8_000_000:08d}"
    return f"{10_000_000 + drawn % 80_000_000:08d}"


def company_name(company: Company) -> tuple[str, int]:
    """Name and `TypeOfBusiness` (1 corporation, 2 sole proprietorship, 5 general partnership, 9 public)."""
    if company.number < len(_FIRST):
        return _FIRST[company.number]
    draw = company.draw("name", 0)
    trade, last, form = draw.one_of(TRADES), draw.one_of(LAST_NAMES), draw.one_of(FORMS)
    if company.number % 50 == _WITHOUT_NUMBER or not form:
        return f"{draw.one_of(FIRST_NAMES)} {last} {trade}", 2
    surname = last[0].upper() + last[1:]
    kind = 5 if form == "V.O.F." else 9 if form == "N.V." else 1
    return f"{trade} {surname} {form}", kind


def payment_terms_id(company: Company, index: int) -> str:
    return company.guid("termsofpayment", index)


def registered(companies: Iterable[Company], *, gaps: int) -> list[Company]:
    """Those that the trade register knows: with a KvK number, without the last `gaps` of them."""
    numbered = [company for company in companies if kvk_number(company) is not None]
    return numbered[: max(len(numbered) - gaps, 0)]
