"""Lists for people: aligned columns, and below them what does not fit beside. Nothing is left out."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

_BETWEEN, _INDENT = 2, 4


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, width: int = 80) -> str:
    """Columns as wide as their widest cell, as many as fit; the others follow a row as `name value`, indented.

    An absent value is a dash in a column, and nothing below.
    """
    cells = [[plain(cell) for cell in row] for row in rows]
    whole = [list(headings), *cells]
    widths = [max(len(row[column]) for row in whole) for column in range(len(headings))]
    fitting = _fitting(widths, width)
    lines = [_aligned(headings, widths[:fitting])]
    for row in cells:
        lines += [_aligned(row, widths[:fitting]), *_below(headings[fitting:], row[fitting:], width)]
    return "\n".join(line for line in lines if line)


def plain(cell: object) -> str:
    """One line of a value; a dash for none."""
    return "-" if cell is None or cell == "" else printable(" ".join(str(cell).split()))


def printable(text: str) -> str:
    """Without control characters: what others named may not drive a terminal."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "�" for each in text)


def _fitting(widths: Sequence[int], width: int) -> int:
    """How many columns fit beside each other; one at least."""
    used, fitting = widths[0], 1
    for each in widths[1:]:
        used += _BETWEEN + each
        if used > width:
            break
        fitting += 1
    return fitting


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _BETWEEN).join(cell.ljust(wide) for cell, wide in zip(cells, widths, strict=False)).rstrip()


def _below(headings: Sequence[str], cells: Sequence[str], width: int) -> Iterator[str]:
    told = [f"{name.lower()} {cell}" for name, cell in zip(headings, cells, strict=True) if cell != "-"]
    indent = " " * _INDENT
    yield from wrap(
        ", ".join(told), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
