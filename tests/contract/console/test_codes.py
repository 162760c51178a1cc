"""What a login can end with has words on the screen where it ends."""

import re
from pathlib import Path

from koppel_console.pages.codes import CODES

ROOT = Path(__file__).parents[3]


def test_every_code_that_comes_to_the_return_url_has_words() -> None:
    lines = (ROOT / "services/connection-svc/README.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.startswith("| `") and "at the return URL" in line]
    codes = {code for row in rows for code in re.findall(r"`(\w+)`", row[1])}

    assert len(codes) > 10
    assert sorted(codes - CODES.keys()) == []
