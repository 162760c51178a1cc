"""Customers and suppliers."""

from functools import lru_cache

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import as_date, as_text, at
from koppel_sandbox.providers.eaccounting.shapes import shaped
from koppel_sandbox.story.company import Company, payment_terms_id
from koppel_sandbox.story.draw import Draw
from koppel_sandbox.story.dutch import FORMS, LAST_NAMES, TRADES
from koppel_sandbox.story.people import address, email_of, iban, person

CUSTOMERS = "customers"
SUPPLIERS = "suppliers"

_TERMS = (("30 dagen", "30 days", 30), ("14 dagen", "14 days", 14), ("Contant", "Cash", 0))
_BICS = {"INGB": "INGBNL2A", "RABO": "RABONL2U", "ABNA": "ABNANL2A", "TRIO": "TRIONL2U", "SNSB": "SNSBNL2A"}


@lru_cache(maxsize=64)
def payment_terms(company: Company, index: int) -> JsonObject:
    name, english, days = _TERMS[index]
    return shaped(
        "TermsOfPaymentApi",
        Id=payment_terms_id(company, index),
        Name=name,
        NameEnglish=english,
        TermsOfPaymentTypeText="Netto" if days else "Contant",
        NumberOfDays=days,
        TermsOfPaymentTypeId=0 if days else 2,
        AvailableForSales=True,
        AvailableForPurchase=True,
    )


def payment_days(index: int) -> int:
    return _TERMS[index][2]


def _firm(draw: Draw) -> str:
    surname = draw.one_of(LAST_NAMES)
    return f"{draw.one_of(TRADES)} {surname[0].upper()}{surname[1:]} {draw.one_of(FORMS)}".rstrip()


def _mobile(draw: Draw) -> str:
    return f"06-{draw.between(10_000_000, 59_999_999)}"


def _kvk(draw: Draw) -> str:
    return f"{draw.between(1_000_000, 89_999_999):08d}"


def customer(company: Company, index: int) -> JsonObject:
    draw = company.draw(CUSTOMERS, index)
    private = draw.chance(15)
    contact = person(draw)
    name = contact if private else _firm(draw)
    place = address(draw)
    email = email_of("post" if private else "facturen", name)
    terms = 1 if private else draw.below(2)
    owes = draw.chance(40)
    return shaped(
        "CustomerApi",
        Id=company.guid(CUSTOMERS, index),
        CustomerNumber=str(1001 + index),
        Name=name,
        CorporateIdentityNumber=None if private else _kvk(draw),
        VatNumber=None if private else f"NL{draw.between(100_000_000, 899_999_999)}B01",
        IsPrivatePerson=private,
        IsActive=draw.chance(95),
        TermsOfPaymentId=payment_terms_id(company, terms),
        TermsOfPayment=payment_terms(company, terms),
        InvoiceAddress1=place.line,
        InvoiceCity=place.city,
        InvoicePostalCode=place.postcode,
        InvoiceCountryCode="NL",
        DeliveryCustomerName=name,
        DeliveryAddress1=place.line,
        DeliveryCity=place.city,
        DeliveryPostalCode=place.postcode,
        DeliveryCountryCode="NL",
        ContactPersonName=contact,
        ContactPersonEmail=email,
        ContactPersonMobile=_mobile(draw),
        CurrencyCode="EUR",
        EmailAddress=email,
        EmailAddresses=[],
        MobilePhone=_mobile(draw) if private else None,
        Telephone=f"0{draw.between(10, 79)}-{draw.between(2_000_000, 8_999_999)}",
        LastInvoiceDate=as_date(at(2026, 1 + draw.below(5), 1 + draw.below(28))) if owes else None,
        ChangedUtc=as_text(company.changed_at(CUSTOMERS, index)),
        CustomerLabels=[],
        MessageThreads=[],
        Notes=[],
        IsFutureInvoiceDateAllowed=False,
        Iban=iban(draw) if draw.chance(60) else None,
        UnpaidInvoicesAmount=draw.between(1_000, 500_000) / 100 if owes else 0.0,
        SalesDocumentLanguage="NL",
    )


def supplier(company: Company, index: int) -> JsonObject:
    draw = company.draw(SUPPLIERS, index)
    name = _firm(draw)
    place = address(draw)
    account = iban(draw)
    email = email_of("administratie", name)
    return shaped(
        "SupplierApi",
        Id=company.guid(SUPPLIERS, index),
        SupplierNumber=str(5001 + index),
        Name=name,
        TermsOfPaymentId=payment_terms_id(company, draw.below(2)),
        Address1=place.line,
        City=place.city,
        PostalCode=place.postcode,
        CountryCode="NL",
        CorporateIdentityNumber=_kvk(draw),
        VatNumber=f"NL{draw.between(100_000_000, 899_999_999)}B01",
        CurrencyCode="EUR",
        EmailAddress=email,
        ContactPersonEmail=email,
        ContactPersonName=person(draw),
        ContactPersonMobile=_mobile(draw),
        Telephone=f"0{draw.between(10, 79)}-{draw.between(2_000_000, 8_999_999)}",
        BankAccountNumber=account,
        BankIban=account,
        BankBic=_BICS[account[4:8]],
        BankCountryCode="NL",
        UnpaidInvoicesAmount=draw.between(1_000, 250_000) / 100 if draw.chance(30) else 0.0,
        CreatedUtc=as_text(company.created_at(SUPPLIERS, index)),
        ModifiedUtc=as_text(company.changed_at(SUPPLIERS, index)),
        Notes=[],
        MessageThreads=[],
        IsActive=draw.chance(96),
        OurCustomerNumber=str(draw.between(10_000, 99_999)),
        PurchaseDocumentLanguage="NL",
        Approvers=[],
    )
