"""Ledger accounts, journals, cost centres and VAT rates; and the ledger lines, which name no entry."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.books import chart, dimensions
from koppel_sandbox.providers.snelstart.books.values import day, named, reference
from koppel_sandbox.story.amounts import CUSTOMER_INVOICES, SUPPLIER_INVOICES, amounts, euros
from koppel_sandbox.story.company import Company

ACCOUNTS, JOURNALS = "grootboeken", "dagboeken"
COST_CENTERS, VAT_RATES, LINES = "kostenplaatsen", "btwtarieven", "grootboekmutaties"

_JOURNALS = (("Verkoop", 8000), ("Inkoop", 7000), ("Bank", 1100), ("Memoriaal", 9000))
_SALES, _PURCHASE = 0, 1
_RATES = (("Geen", 0.0), ("Laag", 9.0), ("Hoog", 21.0), ("Overig", 0.0))
_BALANCE_TYPES = 4
_PLACES = {line.number: place for place, line in enumerate(chart.CHART)}
LINES_OF_AN_ENTRY = 3


def account_count(company: Company) -> int:
    """The whole chart at least: lines name any of it."""
    return max(company.sizes.accounts, len(chart.CHART)) if company.sizes.accounts else 0


def account(company: Company, index: int) -> JsonObject:
    line = chart.chart_line(index)
    is_balance = line.type <= _BALANCE_TYPES
    return {
        **named(company, ACCOUNTS, index),
        "omschrijving": line.name,
        "kostenplaatsVerplicht": False,
        "rekeningCode": "Balans" if is_balance else "WinstEnVerlies",
        "nonactief": False,
        "nummer": int(line.number),
        "grootboekfunctie": str(10 + line.type),
        "grootboekRubriek": "Balans" if is_balance else "Resultaat",
        "rgsCode": [
            {"versie": "3.4", "rgsCode": f"B{index:03d}"},
            {"versie": "3.5", "rgsCode": f"C{index:03d}"},
        ],
        "btwSoort": ["Hoog"] if line.vat_code is not None else [],
        "vatRateCode": None,
    }


def journal_count(_: Company) -> int:
    return len(_JOURNALS)


def journal(company: Company, index: int) -> JsonObject:
    kind, number = _JOURNALS[index % len(_JOURNALS)]
    return {
        **reference(company, JOURNALS, index),
        "omschrijving": f"{kind}boek" if index < len(_JOURNALS) else f"{kind}boek {index}",
        "soort": kind,
        "nonactief": False,
        "nummer": number + index // len(_JOURNALS),
    }


def cost_center(company: Company, index: int) -> JsonObject:
    told = dimensions.cost_centre(company, index)
    return {
        **reference(company, COST_CENTERS, index),
        "omschrijving": told["Name"],
        "nonactief": False,
        "nummer": index + 1,
    }


def vat_rate_count(_: Company) -> int:
    return len(_RATES)


def vat_rate(_: Company, index: int) -> JsonObject:
    """No id, and no change time: what it is and from when names it."""
    kind, percent = _RATES[index % len(_RATES)]
    year = 2019 - index // len(_RATES)
    return {
        "btwSoort": kind,
        "btwPercentage": percent,
        "datumVanaf": f"{year}-01-01T00:00:00",
        "datumTotEnMet": None,
    }


def line_count(company: Company) -> int:
    return LINES_OF_AN_ENTRY * (company.sizes.customerinvoices + company.sizes.supplierinvoices)


def line(company: Company, index: int) -> JsonObject:
    """Sales first, then purchases: three lines each, the other party, the result, and VAT."""
    entry, place = divmod(index, LINES_OF_AN_ENTRY)
    is_sale = entry < company.sizes.customerinvoices
    number = entry if is_sale else entry - company.sizes.customerinvoices
    whole = amounts(company, CUSTOMER_INVOICES if is_sale else SUPPLIER_INVOICES, number)
    accounts = ("1300", "8000", "1500") if is_sale else ("1600", "7000", "1530")
    cents = (whole.net + whole.vat, whole.net, whole.vat)[place]
    is_debit = (place == 0) is is_sale
    debit, credit = (cents, 0) if is_debit else (0, cents)
    return {
        **named(company, LINES, index),
        "grootboek": reference(company, ACCOUNTS, _PLACES[accounts[place]]),
        "kostenplaats": None,
        "datum": day(whole.date),
        "dagboek": reference(company, JOURNALS, _SALES if is_sale else _PURCHASE),
        "omschrijving": f"{'Verkoop' if is_sale else 'Inkoop'} {number + 1}",
        "debet": euros(debit),
        "credit": euros(credit),
        "saldo": euros(debit - credit),
        "documents": [],
        "boekstuk": f"{'V' if is_sale else 'I'}{number + 1:05d}",
        "factuurNummer": f"{number + 1:05d}",
        "relatiePublicIdentifier": None,
    }
