"""Templates, and what they can say: texts in the visitor's language, our addresses, times, forms."""

from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, Protocol
from uuid import uuid4

from jinja2 import ChainableUndefined, Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from koppel_console import assets
from koppel_console.own_urls import OwnUrls
from koppel_console.pages import codes, field_codes, formats, happenings
from koppel_console.services.problem import Problem
from koppel_console.session.session import Session
from koppel_console.words import Language, Words


class Viewer(Protocol):
    """For whom a page is made."""

    language: Language
    theme: str
    session: Session | None

    @property
    def zone(self) -> tzinfo: ...

    @property
    def csrf_token(self) -> str: ...

    @property
    def correlation_id(self) -> str: ...

    @property
    def path(self) -> str:
        """The page's own path and query, to come back to."""
        ...

    @property
    def is_part(self) -> bool:
        """htmx asks: it takes one element out of the page, so the menu is left out."""
        ...


@cache
def environment() -> Environment:
    """What a service leaves out is empty on the page; everything is escaped. A bad template is found here, not by a visitor."""
    made = Environment(
        loader=PackageLoader("koppel_console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=ChainableUndefined,
        finalize=_shown,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in made.list_templates():
        made.get_template(name)
    return made


def _shown(value: object) -> object:
    """What a service says is null is nothing on the page."""
    return "" if value is None else value


class Pages:
    """Renders for one viewer at a time."""

    def __init__(self, urls: OwnUrls, menu: list[dict[str, Any]]) -> None:
        self._urls = urls
        self._menu = menu
        self._templates = environment()

    def rendered(self, template: str, viewer: Viewer, title: Words | str, values: dict[str, Any]) -> str:
        """The page as HTML. `title` is its own, in the browser's tab and as its heading."""
        said = title if isinstance(title, str) else title.said(viewer.language)
        speech = Speech(self._urls, viewer)
        known = {"viewer": viewer, "title": said, "menu": self._menu, **speech.known()}
        return self._templates.get_template(template).render(**known, **values)


class Speech:
    """The functions of templates, in one viewer's language."""

    def __init__(self, urls: OwnUrls, viewer: Viewer) -> None:
        self._urls = urls
        self._viewer = viewer
        self._language = viewer.language
        self._now = datetime.now(UTC)

    def known(self) -> dict[str, Any]:
        """By the names that templates use."""
        return {
            "t": self.t,
            "url": self._urls.path,
            "asset": lambda name: self._urls.path(assets.path_of(name)),
            "moment": self.moment,
            "clock": self.clock,
            "ago": self.ago,
            "duration": self.duration,
            "number": lambda value: formats.number(value, self._language),
            "meaning": self.meaning,
            "told": lambda problem: codes.told(problem, self._language),
            "wrong_with": lambda field: field_codes.wrong_with(field, self._language),
            "who": self.who,
            "kind_of": happenings.kind_of,
            "form_fields": self.form_fields,
        }

    def t(self, nl: str | Words, en: str = "", **values: object) -> str:
        """A text in both languages, or `Words`; `{name}` is filled in."""
        words = nl if isinstance(nl, Words) else Words(nl, en)
        return words.said(self._language, **{name: _shown(value) for name, value in values.items()})

    def moment(self, value: object) -> Markup:
        """A time by the viewer's clock, with Amsterdam's and UTC in the tooltip."""
        at = formats.instant_of(value)
        text = "" if at is None else formats.moment(at, self._language, self._viewer.zone)
        return Markup("") if at is None else self._time(at, text)

    def clock(self, value: object) -> str:
        """The time of the day by the viewer's clock."""
        at = formats.instant_of(value)
        return "" if at is None else formats.clock(at, self._viewer.zone)

    def ago(self, value: object) -> Markup:
        """How long ago, with the time itself in the tooltip."""
        at = formats.instant_of(value)
        return Markup("") if at is None else self._time(at, formats.relative(at, self._now, self._language))

    def duration(self, seconds: object) -> str:
        known = isinstance(seconds, int | float)
        return formats.duration(float(seconds), self._language) if known else ""  # type: ignore[arg-type]

    def meaning(self, code: object, otherwise: object = "") -> str:
        """A code in words; else `otherwise`, else the code."""
        return codes.meaning(str(code or ""), self._language, otherwise=str(otherwise or ""))

    def who(self, who: str | Problem | None) -> str:
        """Who has to act, in words."""
        if isinstance(who, Problem):
            return codes.who_must_act(who, self._language) or ""
        return codes.WHO[who].said(self._language) if who in codes.WHO else ""

    def form_fields(self) -> Markup:
        """What every form carries: proof that it is ours, and a key that makes a second click harmless."""
        return Markup(
            '<input type="hidden" name="csrf" value="{}"><input type="hidden" name="key" value="{}">'
        ).format(self._viewer.csrf_token, uuid4())

    def _time(self, at: datetime, text: str) -> Markup:
        tooltip = f"{formats.moment(at, self._language)} Amsterdam · {formats.in_utc(at)}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(formats.in_utc(at), tooltip, text)
