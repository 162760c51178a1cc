"""Customer and supplier invoices."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY, as_date, as_text
from koppel_sandbox.providers.eaccounting.books.chart import PURCHASE_HIGH, vat_code_id
from koppel_sandbox.providers.eaccounting.books.dimensions import drawn_cost_centre_item, drawn_project
from koppel_sandbox.providers.eaccounting.books.parties import customer, payment_days, supplier
from koppel_sandbox.providers.eaccounting.shapes import shaped
from koppel_sandbox.story.amounts import (
    CUSTOMER_INVOICES,
    SUPPLIER_INVOICES,
    VOUCHERS,
    Amounts,
    InvoiceLine,
    amounts,
    euros,
    purchase_voucher,
    sales_voucher,
)
from koppel_sandbox.story.company import Company, payment_terms_id
from koppel_sandbox.story.draw import Draw
from koppel_sandbox.story.dutch import PRODUCTS

_COST_ACCOUNTS = (
    (4100, "Huur"),
    (4110, "Energie"),
    (4400, "Kantoorbenodigdheden"),
    (7000, "Inkoopwaarde van de omzet"),
)


def _sales_row(company: Company, index: int, number: int, line: InvoiceLine, draw: Draw) -> JsonObject:
    return shaped(
        "CustomerInvoiceRowApi",
        Id=company.guid(f"{CUSTOMER_INVOICES}/{index}/rows", number),
        AmountNoVat=euros(line.net),
        PercentVat=line.vat_percent / 100,
        VatRate=line.vat_percent / 100,
        LineNumber=number + 1,
        Text=draw.one_of(PRODUCTS),
        UnitPrice=euros(line.unit_price),
        UnitAbbreviation="st",
        UnitAbbreviationEnglish="pcs",
        Quantity=float(line.quantity),
        CostCenterItemId1=drawn_cost_centre_item(company, draw),
        ProjectId=drawn_project(company, draw),
        Amount=euros(line.net),
    )


def _vat_specification(whole: Amounts) -> list[JsonObject]:
    return [
        {
            "AmountInvoiceCurrency": euros(sum(line.net for line in whole.lines if line.vat_percent == rate)),
            "VatAmountInvoiceCurrency": euros(
                sum(line.vat for line in whole.lines if line.vat_percent == rate)
            ),
            "VatPercent": rate / 100,
        }
        for rate in sorted({line.vat_percent for line in whole.lines})
    ]


def customer_invoice(company: Company, index: int) -> JsonObject:
    draw = company.draw(CUSTOMER_INVOICES, index)
    whole = amounts(company, CUSTOMER_INVOICES, index)
    buyer = customer(company, whole.party)
    terms = draw.below(2)
    status = (0, 0, 0, 1, 2)[draw.below(5)]
    total, open_amount = euros(whole.net + whole.vat), 0.0 if status == 0 else euros(whole.net + whole.vat)
    voucher = sales_voucher(index)
    address = {
        name: buyer[name]
        for name in buyer
        if name.startswith(("InvoiceA", "InvoiceC", "InvoiceP", "Delivery"))
    }
    for absent in ("DeliveryMethodId", "DeliveryTermId", "DeliveryBasedVat"):
        address.pop(absent)
    return shaped(
        "CustomerInvoiceApi",
        **address,
        Id=company.guid(CUSTOMER_INVOICES, index),
        CustomerId=buyer["Id"],
        Rows=[_sales_row(company, index, number, line, draw) for number, line in enumerate(whole.lines)],
        InvoiceNumber=26_0001 + index,
        CurrencyCode="EUR",
        CurrencyRate=1.0,
        TotalAmount=total,
        TotalVatAmount=euros(whole.vat),
        TotalAmountInvoiceCurrency=total,
        TotalVatAmountInvoiceCurrency=euros(whole.vat),
        VatSpecification=_vat_specification(whole),
        InvoiceDate=as_date(whole.date),
        DueDate=as_date(whole.date + payment_days(terms) * DAY),
        DeliveryDate=as_date(whole.date),
        PaymentDate=as_date(whole.date + (1 + draw.below(14)) * DAY) if status == 0 else None,
        PaymentStatus=status,
        RemainingAmount=open_amount,
        RemainingAmountInvoiceCurrency=open_amount,
        CustomerNumber=buyer["CustomerNumber"],
        CustomerName=buyer["Name"],
        CustomerEmail=buyer["EmailAddress"],
        InvoiceCustomerName=buyer["Name"],
        TermsOfPaymentId=payment_terms_id(company, terms),
        OurReference="Administratie",
        YourReference=buyer["ContactPersonName"],
        CustomerIsPrivatePerson=buyer["IsPrivatePerson"],
        VoucherNumber=f"V{voucher + 1}",
        VoucherId=company.guid(VOUCHERS, voucher),
        CreatedUtc=as_text(company.created_at(CUSTOMER_INVOICES, index)),
        ModifiedUtc=as_text(company.changed_at(CUSTOMER_INVOICES, index)),
        SendType=1,
        Persons=[],
        SalesDocumentAttachments=[],
        MessageThreads=[],
        Notes=[],
        CreditedBy=[],
    )


def _purchase_rows(company: Company, index: int, whole: Amounts, draw: Draw) -> list[JsonObject]:
    """Costs and VAT in debit, the creditor in credit; the rows balance."""
    account, name = draw.one_of(_COST_ACCOUNTS)
    booked: list[tuple[int, str, int, int, bool]] = [
        (account, name, whole.net, 0, True),
        (1530, "Te vorderen btw", whole.vat, 0, False),
        (1600, "Crediteuren", 0, whole.net + whole.vat, False),
    ]
    return [
        shaped(
            "SupplierInvoiceRowApi",
            Id=company.guid(f"{SUPPLIER_INVOICES}/{index}/rows", number),
            AccountNumber=account_number,
            AccountName=account_name,
            VatCodeId=vat_code_id(company, PURCHASE_HIGH) if is_cost else None,
            VatAmount=euros(whole.vat) if is_cost else None,
            CostCenterItemId1=drawn_cost_centre_item(company, draw) if is_cost else None,
            ProjectId=drawn_project(company, draw) if is_cost else None,
            DebetAmount=euros(debit),
            CreditAmount=euros(credit),
            LineNumber=number + 1,
        )
        for number, (account_number, account_name, debit, credit, is_cost) in enumerate(booked)
    ]


def supplier_invoice(company: Company, index: int) -> JsonObject:
    draw = company.draw(SUPPLIER_INVOICES, index)
    whole = amounts(company, SUPPLIER_INVOICES, index)
    seller = supplier(company, whole.party)
    status = (6, 6, 6, 3, 7)[draw.below(5)]
    total = euros(whole.net + whole.vat)
    open_amount = 0.0 if status == 6 else total
    voucher = purchase_voucher(index)
    return shaped(
        "SupplierInvoiceApi",
        Id=company.guid(SUPPLIER_INVOICES, index),
        SupplierId=seller["Id"],
        InvoiceNumber=f"F{draw.between(100_000, 999_999)}",
        TotalAmount=total,
        Vat=euros(whole.vat),
        InvoiceDate=as_date(whole.date),
        DueDate=as_date(whole.date + 30 * DAY),
        PaymentDate=as_date(whole.date + (1 + draw.below(30)) * DAY) if status == 6 else None,
        CurrencyCode="EUR",
        CurrencyRate=1.0,
        Message=None,
        BankAccountId=company.guid("bankaccounts", 0),
        Rows=_purchase_rows(company, index, whole, draw),
        SupplierName=seller["Name"],
        SupplierNumber=seller["SupplierNumber"],
        IsDomestic=True,
        RemainingAmount=open_amount,
        RemainingAmountInvoiceCurrency=open_amount,
        Number=index + 1,
        NumberSeries="I",
        VoucherNumber=f"V{voucher + 1}",
        VoucherId=company.guid(VOUCHERS, voucher),
        AllocationPeriods=[],
        Attachments=[],
        MessageThreads=[],
        Notes=[],
        OffsetInvoiceIds=[],
        Status=1,
        PaymentStatus=status,
        IsIncludedInVatReport=draw.chance(50),
        CreatedUtc=as_text(company.created_at(SUPPLIER_INVOICES, index)),
        ModifiedUtc=as_text(company.changed_at(SUPPLIER_INVOICES, index)),
    )
