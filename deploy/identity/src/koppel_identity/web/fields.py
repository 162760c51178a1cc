"""What people type: trimmed, bounded, printable."""

LONGEST_NAME = 200
LONGEST_EMAIL = 254


def name(text: str) -> str | None:
    """None for one that cannot be a name."""
    trimmed = text.strip()
    return trimmed if 0 < len(trimmed) <= LONGEST_NAME and trimmed.isprintable() else None


def email(text: str) -> str | None:
    """None for what certainly is no address, as assignment-svc sees it."""
    trimmed = text.strip()
    local, at, host = trimmed.partition("@")
    domain, dot, top = host.rpartition(".")
    plain = trimmed.isprintable() and " " not in trimmed and len(trimmed) <= LONGEST_EMAIL
    return trimmed if plain and at and local and domain and dot and top and "@" not in host else None
