"""What a person posted: read within bounds, and taken from a page of ours only."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs
from uuid import uuid4

from fastapi import Depends
from starlette.requests import ClientDisconnect, Request

from koppel_console.pages.visit import Guest, Visit, Visitor
from koppel_console.words import Words

LARGEST = 1024 * 1024
"""Bytes; 1,000 rows of four fields are 200 KB."""
MOST_FIELDS = 10_000
LONGEST = 2_000
"""Characters of one line; nothing that a service takes is longer."""
FORM_TYPE = "application/x-www-form-urlencoded"
CREDENTIAL = "credential."
"""How fields of a key to a package begin."""
_OF_THE_PAGE = frozenset({"csrf", "key"})


class FormRefused(Exception):
    """The form is not taken; `status` and `words` say why."""

    def __init__(self, status: int, words: Words) -> None:
        super().__init__(words.en)
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name; what the browser did not send is empty."""

    fields: Mapping[str, list[str]]

    def text(self, name: str, most: int = LONGEST) -> str:
        """The first value, trimmed, at most so long. What a service bounds is not cut here: it says so, at the field."""
        return self.fields.get(name, [""])[0].strip()[:most]

    def whole(self, name: str) -> str:
        """The first value as it was typed: where lines count, so does an empty one at the beginning."""
        return self.fields.get(name, [""])[0]

    def number(self, name: str) -> int | None:
        """A whole number of up to nine digits; None for anything else."""
        given = self.text(name, 10)
        return int(given) if len(given) < 10 and given.isascii() and given.isdigit() else None

    def texts(self, name: str) -> list[str]:
        """Every value of a field that stands there several times."""
        return self.fields.get(name, [])

    def starting(self, prefix: str) -> dict[str, str]:
        """First values of `prefix…`, by the rest of their names."""
        return {
            name.removeprefix(prefix): values[0]
            for name, values in self.fields.items()
            if name.startswith(prefix)
        }

    def key(self) -> str:
        """The `Idempotency-Key` of the call that this form leads to: the same at a second click, another when somebody
        went back to it and chose otherwise. What is pasted of a key to a package counts for nothing in it."""
        given = self.text("key", 64)
        plain = given if len(given) == 36 and given.isascii() and given.isprintable() else str(uuid4())
        chosen = sorted(
            (name, values)
            for name, values in self.fields.items()
            if name not in _OF_THE_PAGE and not name.startswith(CREDENTIAL)
        )
        return f"{plain}:{hashlib.sha256(repr(chosen).encode()).hexdigest()[:16]}"


async def read_form(request: Request) -> Form:
    """The body as a form. Raises `FormRefused` (413, 415, 400)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise FormRefused(415, Words("Dit is geen formulier.", "This is no form."))
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise FormRefused(413, Words("Dit formulier is te groot.", "This form is too large."))
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except (ValueError, ClientDisconnect) as error:
        raise FormRefused(400, Words("Dit formulier is onleesbaar.", "This form cannot be read.")) from error
    return Form({name: [value.replace("\x00", "") for value in values] for name, values in fields.items()})


async def taken(request: Request, visit: Visit) -> Form:
    """The form, when one of our pages sent it. Raises `FormRefused`."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    form = await read_form(request)
    known = hmac.compare_digest(form.text("csrf").encode(), visit.csrf_token.encode())
    if site not in {"same-origin", "none"} or not known:
        raise FormRefused(
            403,
            Words(
                "Dit formulier hoort niet bij uw login. Ga terug, laad de pagina opnieuw en probeer het nog eens.",
                "This form does not belong to your login. Go back, load the page again and try once more.",
            ),
        )
    return form


async def posted(request: Request, visit: Visitor) -> Form:
    """The form of a logged-in person."""
    return await taken(request, visit)


async def posted_by_guest(request: Request, visit: Guest) -> Form:
    """The form of anybody."""
    return await taken(request, visit)


Posted = Annotated[Form, Depends(posted)]
PostedByGuest = Annotated[Form, Depends(posted_by_guest)]
