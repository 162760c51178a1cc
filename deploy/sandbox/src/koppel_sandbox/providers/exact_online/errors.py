"""Refusals of the API in Exact's shape: `{"error": {"code", "message": {"lang", "value"}}}`, often a `Reason` header."""

import orjson

NO_DIVISION_ACCESS, DIVISION_BLOCKED, LICENSE_EXPIRED = (
    "NoDivisionAccess",
    "DivisionBlocked",
    "LicenseExpired",
)
BLOCKED_USER = "BlockedUser"


class ApiError(Exception):
    """`violation` tells the ledger which rule the caller broke."""

    def __init__(
        self, status: int, message: str = "", *, reason: str | None = None, violation: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.violation = violation

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return () if self.reason is None else (("reason", self.reason),)

    @property
    def body(self) -> bytes:
        """Empty for a 429."""
        return b"" if self.status == 429 else error_body(self.message)


def error_body(message: str) -> bytes:
    return orjson.dumps({"error": {"code": "", "message": {"lang": "", "value": message}}})
