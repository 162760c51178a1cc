"""Pictures for the README, taken of the screens that a story comes by."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

PICTURES = {
    "Administraties selecteren": "select",
    "KvK-nummer en sector": "profiles",
    "Preview van de toewijzing": "preview",
    "Klaar": "done",
    "Exact van ons kantoor": "connection",
    "Bakkerij De Vries B.V.": "administration",
}


@dataclass(slots=True)
class Pictures:
    """`wanted` names files by the screens' titles; each is taken once a run, over the one before. Without a folder none is."""

    wanted: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    taken: set[str] = field(default_factory=set)

    def take(self, page: Page, title: str) -> None:
        name = self.wanted.get(title.removesuffix(" · Koppel"))
        if self.folder is None or name is None or name in self.taken:
            return
        self.taken.add(name)
        self.folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=self.folder / f"{name}.png", animations="disabled")
