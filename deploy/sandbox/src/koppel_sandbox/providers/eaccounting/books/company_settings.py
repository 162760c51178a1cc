"""What `companysettings` answers."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.shapes import shaped
from koppel_sandbox.story.company import Company, company_name, kvk_number, payment_terms_id
from koppel_sandbox.story.people import Address, address, email_of, iban


def company_settings(company: Company) -> JsonObject:
    draw = company.draw("settings", 0)
    name, business = company_name(company)
    place: Address = address(draw)
    number = kvk_number(company)
    account = iban(draw)
    return shaped(
        "CompanySettingsApi",
        Name=name,
        Email=email_of("administratie", name),
        Phone=f"0{draw.between(10, 79)}-{draw.between(2_000_000, 8_999_999)}",
        Address1=place.line,
        PostalCode=place.postcode,
        City=place.city,
        CountryCode="NL",
        Website=None if draw.chance(30) else "https://www." + email_of("x", name).partition("@")[2],
        CurrencyCode="EUR",
        TermsOfPaymentId=payment_terms_id(company, 0),
        CorporateIdentityNumber=number,
        VatCode=f"NL{draw.between(100_000_000, 899_999_999)}B{draw.between(1, 3):02d}",
        BankAccount=account[8:],
        Iban=account,
        AccountNumberDigits=4,
        AccountingLockedTo="2024-12-31T00:00:00",
        AccountingLockInterval=3,
        TaxDeclarationDate={"Month": 1, "Day": 31},
        ProductVariant=1,
        TypeOfBusiness=business,
        VatPeriod=3,
        ActivatedModules=["Accounting", "Sales", "Purchase"],
        CompanyText={
            "CustomerInvoiceTextDomestic": "Betaling binnen de gestelde termijn.",
            "OrderText": None,
        },
        CompanyScanningAddress={"Address": None},
        NextCustomerNumber=1001 + company.sizes.customers,
        NextSupplierNumber=5001 + company.sizes.suppliers,
        NextCustomerInvoiceNumber=26_0001 + company.sizes.customerinvoices,
        NextQuoteNumber=1,
        NextOrderNumber=1,
        NextArticleNumber=1,
        UsesCostCenter=company.sizes.costcenters > 0,
        UsesProject=company.sizes.projects > 0,
        DomesticCurrencyRounding=2,
        AutoInvoice={
            "AutoInvoiceActivationStatus": 0,
            "AutoInvoiceB2CStatus": 0,
            "AutoInvoiceInboundStatus": 0,
        },
        ApprovalSettings={"VatReportApproval": False, "SupplierInvoiceApproval": False},
        CompanyStatus=1,
        CompanyIdentifier=company.id,
        UseAutomaticVatCalculation=True,
    )
