"""Sales invoices and purchase documents; those made elsewhere are lists of their own."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY
from koppel_sandbox.providers.moneybird.books.ledger import TAX_RATES, account_id
from koppel_sandbox.providers.moneybird.books.parties import CONTACTS, contact, supplier_contact
from koppel_sandbox.providers.moneybird.books.values import administration_id, amount, day, moment, record_id
from koppel_sandbox.story.amounts import CUSTOMER_INVOICES, SUPPLIER_INVOICES, Amounts, InvoiceLine, amounts
from koppel_sandbox.story.company import Company
from koppel_sandbox.story.dutch import PRODUCTS

SALES_INVOICES = "sales_invoices"
EXTERNAL_SALES_INVOICES = "external_sales_invoices"
PURCHASE_INVOICES = "documents/purchase_invoices"
RECEIPTS = "documents/receipts"

_SALES_STATES = ("paid", "paid", "paid", "open", "late")
_PURCHASE_STATES = ("paid", "paid", "saved", "open", "late")
_COSTS = ("4100", "4110", "4400", "7000")
_RATES = {21: 4, 9: 5}
_PURCHASE_RATES = {21: 0, 9: 1}


def external_count(company: Company) -> int:
    """One for every ten of the ordinary ones."""
    return company.sizes.customerinvoices // 10


def receipt_count(company: Company) -> int:
    return company.sizes.supplierinvoices // 10


def _whole(company: Company, kind: str, index: int) -> Amounts:
    """What the story says of it; those made elsewhere, and receipts, stand behind the ordinary ones."""
    if kind in (SALES_INVOICES, EXTERNAL_SALES_INVOICES):
        behind = company.sizes.customerinvoices if kind == EXTERNAL_SALES_INVOICES else 0
        return amounts(company, CUSTOMER_INVOICES, index + behind)
    behind = company.sizes.supplierinvoices if kind == RECEIPTS else 0
    return amounts(company, SUPPLIER_INVOICES, index + behind)


def invoice_date(company: Company, kind: str, index: int) -> int:
    return _whole(company, kind, index).date


def sales_invoice(company: Company, index: int) -> JsonObject:
    whole = _whole(company, SALES_INVOICES, index)
    return {
        **_head(company, SALES_INVOICES, index, whole),
        "invoice_id": f"2026-{index + 1:05d}",
        "draft_id": None,
        "invoice_date": day(whole.date),
        "language": "nl",
        "discount": "0.0",
        "original_sales_invoice_id": None,
        "sent_at": day(whole.date),
        "public_view_code": record_id(company, "public_view_codes", index)[6:],
        "url": f"https://moneybird.example/sales_invoices/{record_id(company, 'view', index)}",
        "payment_url": None,
    }


def external_sales_invoice(company: Company, index: int) -> JsonObject:
    """Made elsewhere: a date and an entry number instead of an invoice's own."""
    whole = _whole(company, EXTERNAL_SALES_INVOICES, index)
    head = _head(company, EXTERNAL_SALES_INVOICES, index, whole)
    return {**head, "date": day(whole.date), "entry_number": index + 1, "source": "webwinkel"}


def _head(company: Company, kind: str, index: int, whole: Amounts) -> JsonObject:
    draw = company.draw(kind, index)
    state, total = draw.one_of(_SALES_STATES), whole.net + whole.vat
    unpaid = 0 if state == "paid" else total
    paid_at = day(whole.date + (1 + draw.below(14)) * DAY) if state == "paid" else None
    money = {
        name: amount(cents)
        for name, cents in {
            "total_paid": total - unpaid,
            "total_unpaid": unpaid,
            "total_price_excl_tax": whole.net,
            "total_price_incl_tax": total,
            "total_discount": 0,
        }.items()
    }
    in_euros = {f"{name}_base": money[name] for name in money if name not in ("total_paid", "total_discount")}
    return {
        **_common(company, kind, index),
        "contact_id": record_id(company, CONTACTS, whole.party),
        "contact": contact(company, whole.party),
        "state": state,
        "due_date": day(whole.date + 30 * DAY),
        "reference": f"Order {draw.between(1000, 9999)}",
        "payment_reference": f"RF{draw.between(10_000_000, 99_999_999)}",
        "currency": "EUR",
        "paid_at": paid_at,
        "prices_are_incl_tax": False,
        **money,
        **in_euros,
        "marked_dubious_on": None,
        "marked_uncollectible_on": None,
        "details": _details(company, kind, index, "8000", _RATES),
        "payments": _payments(company, kind, index, total, paid_at),
        "tax_totals": _tax_totals(company, whole),
    }


def purchase_invoice(company: Company, index: int) -> JsonObject:
    return _purchase(company, PURCHASE_INVOICES, index)


def receipt(company: Company, index: int) -> JsonObject:
    return _purchase(company, RECEIPTS, index)


def _purchase(company: Company, kind: str, index: int) -> JsonObject:
    whole = _whole(company, kind, index)
    draw = company.draw(kind, index)
    state, total = draw.one_of(_PURCHASE_STATES), whole.net + whole.vat
    paid_at = day(whole.date + (1 + draw.below(30)) * DAY) if state == "paid" else None
    seller = supplier_contact(company, whole.party)
    prices = {"total_price_excl_tax": amount(whole.net), "total_price_incl_tax": amount(total)}
    return {
        **_common(company, kind, index),
        "contact_id": record_id(company, CONTACTS, seller),
        "contact": contact(company, seller),
        "reference": f"F{draw.between(100_000, 999_999)}",
        "date": day(whole.date),
        "due_date": day(whole.date + 30 * DAY),
        "entry_number": index + 1,
        "state": state,
        "currency": "EUR",
        "exchange_rate": "1.0",
        "prices_are_incl_tax": False,
        "origin": "upload",
        "paid_at": paid_at,
        "tax_number": "",
        **prices,
        **{f"{name}_base": value for name, value in prices.items()},
        "details": _details(company, kind, index, draw.one_of(_COSTS), _PURCHASE_RATES),
        "payments": _payments(company, kind, index, total, paid_at),
    }


def _common(company: Company, kind: str, index: int) -> JsonObject:
    changed = company.changed_at(kind, index)
    return {
        "id": record_id(company, kind, index),
        "administration_id": administration_id(company),
        "created_at": moment(company.created_at(kind, index)),
        "updated_at": moment(changed),
        "version": changed,
        "notes": [],
        "attachments": [],
        "events": [],
    }


def _details(
    company: Company, kind: str, index: int, account: str, rates: dict[int, int]
) -> list[JsonObject]:
    draw = company.draw(f"{kind}/details", index)
    return [
        {
            "id": record_id(company, f"{kind}/{index}/details", number),
            "tax_rate_id": int(record_id(company, TAX_RATES, rates[line.vat_percent])),
            "ledger_account_id": account_id(company, account),
            "project_id": None,
            "product_id": None,
            "amount": f"{line.quantity} x",
            "amount_decimal": str(float(line.quantity)),
            "description": draw.one_of(PRODUCTS),
            "price": amount(line.unit_price),
            "period": None,
            "row_order": number,
            **_totals(line, number),
        }
        for number, line in enumerate(_whole(company, kind, index).lines)
    ]


def _totals(line: InvoiceLine, number: int) -> JsonObject:
    """Text in one row, a number in the next: both occur."""
    net = line.net / 100 if number % 2 else amount(line.net)
    return {"total_price_excl_tax_with_discount": net, "total_price_excl_tax_with_discount_base": net}


def _payments(company: Company, kind: str, index: int, total: int, paid_at: str | None) -> list[JsonObject]:
    if paid_at is None:
        return []
    return [
        {
            "id": record_id(company, f"{kind}/{index}/payments", 0),
            "invoice_id": record_id(company, kind, index),
            "financial_account_id": None,
            "price": amount(total),
            "price_base": amount(total),
            "payment_date": paid_at,
            "credit_invoice_id": None,
            "financial_mutation_id": None,
        }
    ]


def _tax_totals(company: Company, whole: Amounts) -> list[JsonObject]:
    rows: list[JsonObject] = []
    for rate in sorted({line.vat_percent for line in whole.lines}):
        net = sum(line.net for line in whole.lines if line.vat_percent == rate)
        vat = sum(line.vat for line in whole.lines if line.vat_percent == rate)
        rows.append(
            {
                "tax_rate_id": record_id(company, TAX_RATES, _RATES[rate]),
                "taxable_amount": amount(net),
                "taxable_amount_base": amount(net),
                "tax_amount": amount(vat),
                "tax_amount_base": amount(vat),
            }
        )
    return rows
