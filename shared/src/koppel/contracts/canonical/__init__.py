"""The canonical fields of a record, one model a resource: what `RecordChanged.data` holds.

`fields.py` has the kinds of values, `ledger.py`, `contact.py`, `invoices.py` and `voucher.py` the models. They describe
and are tested against what providers make; nothing is parsed with them on the way.
"""

from collections.abc import Mapping
from types import MappingProxyType

from koppel.contracts.canonical.contact import Contact
from koppel.contracts.canonical.fields import CanonicalRecord
from koppel.contracts.canonical.invoices import CustomerInvoice, SupplierInvoice
from koppel.contracts.canonical.ledger import CostCenter, Journal, LedgerAccount, Period, Project, VatCode
from koppel.contracts.canonical.voucher import Voucher
from koppel.contracts.values import ResourceName

CANONICAL: Mapping[ResourceName, type[CanonicalRecord]] = MappingProxyType(
    {
        ResourceName.LEDGER_ACCOUNT: LedgerAccount,
        ResourceName.VAT_CODE: VatCode,
        ResourceName.COST_CENTER: CostCenter,
        ResourceName.PROJECT: Project,
        ResourceName.CONTACT: Contact,
        ResourceName.JOURNAL: Journal,
        ResourceName.PERIOD: Period,
        ResourceName.CUSTOMER_INVOICE: CustomerInvoice,
        ResourceName.SUPPLIER_INVOICE: SupplierInvoice,
        ResourceName.VOUCHER: Voucher,
    }
)
"""The model of each resource; every resource has one."""
