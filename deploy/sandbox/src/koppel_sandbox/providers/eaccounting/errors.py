"""eAccounting's error body. Codes: eAccounting developer documentation, "Error codes"."""

from uuid import uuid4

import orjson

NOT_FOUND, FISCAL_YEAR_NOT_FOUND, ACCOUNT_NOT_FOUND = 3000, 3001, 3002
NOT_AUTHORISED, SCOPE_MISSING, TOO_MANY_REQUESTS = 4005, 4006, 4010
SERVER_ERROR = 5000
BAD_QUERY, BAD_INPUT = 6000, 6001

_BY_STATUS = {401: NOT_AUTHORISED, 403: 4007, 404: NOT_FOUND, 409: 4000, 429: TOO_MANY_REQUESTS}


class ApiError(Exception):
    """Ends an API call with this answer."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def error_body(code: int, message: str) -> bytes:
    return orjson.dumps(
        {"ErrorCode": code, "DeveloperErrorMessage": message, "ErrorId": str(uuid4()), "Errors": None}
    )


def code_for(status: int) -> int:
    """The error code that usually comes with an HTTP status."""
    return _BY_STATUS.get(status, SERVER_ERROR if status >= 500 else 2000)


def limit_text(seconds: int) -> str:
    return f"Too many requests to this endpoint. Try again in {seconds} seconds."
