"""The `koppel` line that does what a screen does."""

import shlex


def line(command: str, *words: object, **options: object) -> str:
    """`koppel command words --option value`, each quoted where a shell needs it.

    An option that is None, False or empty is left out, True stands alone, a list stands there several times.
    """
    given = (
        _option(name.strip("_").replace("_", "-"), each)
        for name, value in options.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None and each is not False and each != ""
    )
    return " ".join(("koppel", command, *(shlex.quote(str(word)) for word in words), *given))


def _option(name: str, value: object) -> str:
    if value is True:
        return f"--{name}"
    text = str(value)
    return f"--{name}={shlex.quote(text)}" if text.startswith("-") else f"--{name} {shlex.quote(text)}"
