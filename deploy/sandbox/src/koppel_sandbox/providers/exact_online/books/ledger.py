"""Ledger accounts, VAT codes, cost centres and units, projects, journals and periods."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import at, parse
from koppel_sandbox.providers.eaccounting.books import chart, dimensions
from koppel_sandbox.providers.exact_online.books.parties import ACCOUNTS, account_code
from koppel_sandbox.providers.exact_online.shapes import shaped
from koppel_sandbox.providers.exact_online.values import division_code, odata_date
from koppel_sandbox.story.company import FIRST_YEAR, Company

GL_ACCOUNTS, VAT_CODES, PROJECTS = "GLAccounts", "VATCodes", "Projects"
COST_CENTRES, COST_UNITS = "Costcenters", "Costunits"
JOURNALS, PERIODS = "Journals", "FinancialPeriods"

SALES_JOURNAL, PURCHASE_JOURNAL, MEMORIAL = "70", "60", "90"
_JOURNALS = (
    ("10", "Kas", 10, "1000"), ("20", "Bank", 12, "1100"), (PURCHASE_JOURNAL, "Inkoopboek", 22, "1600"),
    (SALES_JOURNAL, "Verkoopboek", 20, "1300"), (MEMORIAL, "Memoriaal", 90, None),
)  # fmt: skip
_UNITS = (("DV", "Dienstverlening"), ("HD", "Handel"))
_PLACES = {line.number: place for place, line in enumerate(chart.CHART)}
_TYPES = {1: 30, 2: 50, 3: 32, 4: 27, 5: 120, 6: 110}
_SPECIAL_TYPES = {
    "1000": 10,
    "1100": 12,
    "1300": 20,
    "1600": 22,
    "1500": 24,
    "1510": 24,
    "1520": 24,
    "1530": 24,
}
_TYPE_NAMES = {
    10: "Kas", 12: "Bank", 20: "Debiteuren", 22: "Crediteuren", 24: "Btw", 27: "Overlopende passiva",
    30: "Vaste activa", 32: "Overige activa", 50: "Eigen vermogen", 110: "Omzet", 120: "Overige kosten",
}  # fmt: skip
_FIRST_RESULT_TYPE = 5  # of the chart: costs and revenue, profit and loss
_MONTHS = 12


def gl_account_count(company: Company) -> int:
    """The whole chart, or as many accounts as were asked for: lines name any of them."""
    return max(company.sizes.accounts, len(chart.CHART)) if company.sizes.accounts else 0


def gl_account_id(company: Company, number: str) -> str:
    return company.guid(GL_ACCOUNTS, _PLACES[number])


def gl_account(company: Company, index: int) -> JsonObject:
    line = chart.CHART[index] if index < len(chart.CHART) else None
    number = line.number if line else str(10_000 + index)
    kind = line.type if line else _FIRST_RESULT_TYPE
    type_ = _SPECIAL_TYPES.get(number, _TYPES[kind])
    vat = line.vat_code if line else None
    return shaped(
        "GLAccount",
        ID=company.guid(GL_ACCOUNTS, index),
        Code=number,
        Description=line.name if line else f"Overige kosten {index}",
        Type=type_,
        TypeDescription=_TYPE_NAMES[type_],
        BalanceSide="D" if kind in {1, 3, 5} else "C",
        BalanceType="W" if kind >= _FIRST_RESULT_TYPE else "B",
        IsBlocked=number in {"1190", "1900"},
        Compress=False,
        SearchCode=f"{number:<20}",
        VATCode=None if vat is None else vat_code_code(vat),
        UseCostcenter=0 if kind >= _FIRST_RESULT_TYPE else 2,
        Created=odata_date(company.created_at(GL_ACCOUNTS, index)),
        Modified=odata_date(company.changed_at(GL_ACCOUNTS, index)),
        Division=division_code(company),
    )


def vat_code_code(index: int) -> str:
    """As written in the provider: blanks fill it up to three places."""
    return f"{chart.vat_line(index).code:<3}"


def vat_code(company: Company, index: int) -> JsonObject:
    line = chart.vat_line(index)
    sales = line.code.startswith("V")
    return shaped(
        "VATCode",
        ID=company.guid(VAT_CODES, index),
        Code=vat_code_code(index),
        Description=line.description,
        Percentage=line.rate,
        Type="E" if line.rate else "N",
        VATTransactionType="S" if sales else "P",
        Charged=line.code == "IVL",
        IsBlocked=False,
        IntraStat=False,
        VATPercentages=[],
        Created=odata_date(company.created_at(VAT_CODES, index)),
        Modified=odata_date(company.changed_at(VAT_CODES, index)),
        Division=division_code(company),
    )


def _dimension(company: Company, kind: str, index: int, code: str, name: str) -> JsonObject:
    return shaped(
        "Costcenter",
        ID=company.guid(kind, index),
        Code=code,
        Description=name,
        Created=odata_date(company.created_at(kind, index)),
        Modified=odata_date(company.changed_at(kind, index)),
        Division=division_code(company),
    )


def cost_centre(company: Company, index: int) -> JsonObject:
    told = dimensions.cost_centre(company, index)
    return _dimension(company, COST_CENTRES, index, cost_centre_code(index), str(told["Name"]))


def cost_centre_code(index: int) -> str:
    return f"KP{index + 1:02d}"


def cost_unit_count(company: Company) -> int:
    return len(_UNITS) if company.sizes.costcenters else 0


def cost_unit(company: Company, index: int) -> JsonObject:
    code, name = _UNITS[index] if index < len(_UNITS) else (f"KD{index:02d}", f"Kostendrager {index}")
    return _dimension(company, COST_UNITS, index, code, name)


def _day(text: object) -> str | None:
    return None if text is None else odata_date(parse(str(text)))


def project(company: Company, index: int) -> JsonObject:
    told = dimensions.project(company, index)
    owner = dimensions.project_owner(company, index)
    return shaped(
        "Project",
        ID=company.guid(PROJECTS, index),
        Code=told["Number"],
        Description=told["Name"],
        Type=2,
        TypeDescription="Vaste prijs",
        StartDate=_day(told["StartDate"]),
        EndDate=_day(told["EndDate"]),
        Account=None if owner is None else company.guid(ACCOUNTS, owner),
        AccountCode=None if owner is None else account_code(company, owner),
        AccountName=told["CustomerName"],
        BlockEntry=False,
        Created=odata_date(company.created_at(PROJECTS, index)),
        Modified=odata_date(company.changed_at(PROJECTS, index)),
        Division=division_code(company),
    )


def journal_count(company: Company) -> int:
    return len(_JOURNALS) if company.sizes.fiscalyears else 0


def journal_name(code: str) -> str:
    return next(name for each, name, _, _ in _JOURNALS if each == code)


def journal(company: Company, index: int) -> JsonObject:
    code, name, type_, account = (
        _JOURNALS[index] if index < len(_JOURNALS) else (str(100 + index), f"Dagboek {index}", 90, None)
    )
    return shaped(
        "Journal",
        ID=company.guid(JOURNALS, index),
        Code=code,
        Description=name,
        Type=type_,
        IsBlocked=False,
        Currency="EUR",
        GLAccount=gl_account_id(company, account) if account else None,
        GLAccountCode=account,
        Created=odata_date(company.created_at(JOURNALS, index)),
        Modified=odata_date(company.changed_at(JOURNALS, index)),
        Division=division_code(company),
    )


def period_count(company: Company) -> int:
    return company.sizes.fiscalyears * _MONTHS


def period(company: Company, index: int) -> JsonObject:
    year, month = FIRST_YEAR + index // _MONTHS, index % _MONTHS + 1
    following = at(year + month // _MONTHS, month % _MONTHS + 1)
    return shaped(
        "FinancialPeriod",
        ID=company.guid(PERIODS, index),
        FinYear=year,
        FinPeriod=month,
        StartDate=odata_date(at(year, month)),
        EndDate=odata_date(following - 86_400_000_000),
        Created=odata_date(company.created_at(PERIODS, index)),
        Modified=odata_date(company.changed_at(PERIODS, index)),
        Division=division_code(company),
    )
