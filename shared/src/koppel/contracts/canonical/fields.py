"""What canonical fields hold. Amounts are decimal text, because JSON's numbers are doubles and lose cents."""

from typing import Annotated

from pydantic import Field, StringConstraints

from koppel.contracts.values import Value


class CanonicalRecord(Value):
    """Base of the models. Every field is optional: null, or absent, is what the provider does not have or did not tell."""


Text = str | None
Flag = bool | None
Whole = int | None
Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]+(\.[0-9]+)?$")] | None
"""A decimal number as text, without exponent or padding: `1234.5`."""
Fraction = Amount
"""A rate as decimal text, where `0.21` is 21 %."""
Day = (
    Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        Field(json_schema_extra={"x-format": "date"}),
    ]
    | None
)
"""A business date: a calendar day without a zone."""
Instant = Annotated[str, Field(json_schema_extra={"x-format": "date-time"})] | None
"""A moment in UTC with `Z`."""
