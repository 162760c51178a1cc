"""The commands of docs/operating.md, as they stand there."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/operating.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(section: str) -> list[str]:
    """The blocks of commands under that heading."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return _BLOCK.findall(text)


def commands(section: str) -> str:
    """The lines that speak to the compose file; images are built before, where packages can be fetched."""
    lines = [
        line for block in blocks(section) for line in block.splitlines() if line.startswith("docker compose")
    ]
    return "\n".join(lines).replace(" --build ", " --no-build ")
