"""Fiscal years, the chart of accounts and the VAT codes."""

from typing import NamedTuple

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import as_text
from koppel_sandbox.providers.eaccounting.shapes import shaped
from koppel_sandbox.story.company import FIRST_YEAR, Company

FISCAL_YEARS = "fiscalyears"
ACCOUNTS = "accounts"
VAT_CODES = "vatcodes"

# Number, name, account type, index of the VAT code booked by default (or None).
_CHART_TEXT = """
0010 Bedrijfsgebouwen 1|0019 Afschrijving bedrijfsgebouwen 1|0020 Verbouwingen 1|0029 Afschrijving verbouwingen 1
0030 Inventaris 1|0039 Afschrijving inventaris 1|0040 Computers 1|0049 Afschrijving computers 1|0050 Vervoermiddelen 1
0059 Afschrijving vervoermiddelen 1|0070 Deelnemingen 1|0080 Waarborgsommen 1|0100 Aandelenkapitaal 2|0110 Agio 2
0120 Algemene reserve 2|0150 Privé-opnamen 2|0200 Voorziening groot onderhoud 2|0300 Langlopende lening bank 2
0310 Hypothecaire lening 2|1000 Kas 3|1100 Bank 3|1110 Spaarrekening 3|1190 Kruisposten 3|1300 Debiteuren 3
1310 Voorziening dubieuze debiteuren 3|1320 Vooruitbetaalde kosten 3|1330 Nog te ontvangen bedragen 3
1400 Rekening-courant directie 4|1500 Te betalen btw hoog 4|1510 Te betalen btw laag 4|1520 Te betalen btw overig 4
1530 Te vorderen btw 4|1540 Btw-aangifte 4|1550 Btw verlegd 4|1600 Crediteuren 4|1700 Te betalen loonheffing 4
1710 Te betalen netto lonen 4|1720 Te betalen pensioenpremies 4|1730 Reservering vakantiegeld 4
1800 Nog te betalen kosten 4|1810 Vooruitontvangen bedragen 4|1900 Tussenrekening vraagposten 4|3000 Voorraad 3
3100 Onderhanden werk 3|4000 Bruto lonen 5|4010 Vakantiegeld 5|4020 Sociale lasten 5|4030 Pensioenlasten 5
4040 Reiskostenvergoeding 5|4050 Studie en opleiding 5 0|4100 Huur 5 0|4110 Energie 5 0|4120 Schoonmaak 5 0
4130 Onderhoud gebouwen 5 0|4200 Reclame en advertenties 5 0|4210 Representatie 5 1|4220 Relatiegeschenken 5 0
4300 Brandstof 5 0|4310 Onderhoud auto's 5 0|4320 Leasekosten 5 0|4330 Wegenbelasting 5|4340 Parkeerkosten 5 0
4400 Kantoorbenodigdheden 5 0|4410 Telefoon en internet 5 0|4420 Porti 5 2|4430 Software en licenties 5 0
4440 Abonnementen en contributies 5 0|4500 Accountantskosten 5 0|4510 Advieskosten 5 0|4520 Verzekeringen 5 2
4600 Afschrijvingskosten 5|4700 Bankkosten 5|4710 Rente lening 5|4900 Overige algemene kosten 5 0
7000 Inkoopwaarde van de omzet 5 0|7010 Inkoop laag tarief 5 1|8000 Omzet hoog tarief 6 4|8010 Omzet laag tarief 6 5
8020 Omzet nultarief 6 6|8030 Omzet btw verlegd 6 7|8900 Betalingskortingen 6|9000 Buitengewone baten en lasten 6
"""


class ChartLine(NamedTuple):
    number: str
    name: str
    type: int
    vat_code: int | None


def _line(text: str) -> ChartLine:
    number, rest = text.split(" ", 1)
    name, *numbers = rest.split(" ")
    while not numbers[0].isdigit():
        name = f"{name} {numbers.pop(0)}"
    return ChartLine(number, name, int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else None)


CHART = tuple(_line(each) for each in _CHART_TEXT.strip().replace("\n", "|").split("|"))
_TYPES = (
    "",
    "Vaste activa",
    "Eigen en vreemd vermogen",
    "Vlottende activa",
    "Kortlopende schulden",
    "Kosten",
    "Omzet",
)


class VatLine(NamedTuple):
    code: str
    description: str
    rate: float
    account: int | None


_VAT = (
    VatLine("IH", "Btw inkoop hoog 21%", 0.21, 1530),
    VatLine("IL", "Btw inkoop laag 9%", 0.09, 1530),
    VatLine("IV", "Inkoop vrijgesteld van btw", 0.0, None),
    VatLine("IVL", "Btw inkoop verlegd", 0.21, 1550),
    VatLine("VH", "Btw verkoop hoog 21%", 0.21, 1500),
    VatLine("VL", "Btw verkoop laag 9%", 0.09, 1510),
    VatLine("V0", "Verkoop nultarief", 0.0, None),
    VatLine("VV", "Verkoop btw verlegd", 0.0, None),
)
PURCHASE_HIGH = 0


def vat_code_id(company: Company, index: int) -> str | None:
    """None when the company has so few VAT codes that this one does not exist."""
    return company.guid(VAT_CODES, index) if index < company.sizes.vatcodes else None


def vat_line(index: int) -> VatLine:
    return (
        _VAT[index] if index < len(_VAT) else VatLine(f"X{index:02d}", f"Btw bijzonder {index}", 0.09, 1520)
    )


def vat_code(company: Company, index: int) -> JsonObject:
    code, description, rate, account = vat_line(index)
    return shaped(
        "VatCodeApi",
        Id=company.guid(VAT_CODES, index),
        Code=code,
        Description=description,
        VatRate=rate,
        RelatedAccounts={"AccountNumber1": account, "AccountNumber2": None, "AccountNumber3": None},
    )


def fiscal_year(company: Company, index: int) -> JsonObject:
    year = FIRST_YEAR + index
    return shaped(
        "FiscalYearApi",
        Id=company.guid(FISCAL_YEARS, index),
        StartDate=f"{year}-01-01T00:00:00",
        EndDate=f"{year}-12-31T00:00:00",
        IsLockedForAccounting=index < company.sizes.fiscalyears - 1,
        BookkeepingMethod=0,
    )


def account_count(company: Company) -> int:
    return company.sizes.accounts * company.sizes.fiscalyears


def account_year(company: Company, index: int) -> int:
    """Index of the fiscal year an account belongs to; accounts added later join the newest."""
    return min(index // max(company.sizes.accounts, 1), max(company.sizes.fiscalyears - 1, 0))


def chart_line(index: int) -> ChartLine:
    if index < len(CHART):
        return CHART[index]
    return ChartLine(str(10_000 + index), f"Overige kosten {index}", 5, None)


def account(company: Company, index: int) -> JsonObject:
    year = account_year(company, index)
    line = chart_line(index - year * company.sizes.accounts)
    vat = None if line.vat_code is None else vat_code_id(company, line.vat_code)
    return shaped(
        "AccountApi",
        Name=line.name,
        Number=line.number,
        VatCodeId=vat,
        VatCodeDescription=_VAT[line.vat_code][1] if vat and line.vat_code is not None else None,
        FiscalYearId=company.guid(FISCAL_YEARS, year),
        Type=line.type,
        TypeDescription=_TYPES[line.type],
        ModifiedUtc=as_text(company.changed_at(ACCOUNTS, index)),
        CreatedUtc=as_text(company.created_at(ACCOUNTS, index)),
        IsActive=True,
        AllowTransactionText=True,
        IsProjectAllowed=line.type >= 5,
        IsCostCenterAllowed=line.type >= 5,
        IsBlockedForManualBooking=line.number in {"1300", "1600"},
    )
