"""The parts that reports in Markdown are made of."""

from collections.abc import Iterable, Sequence

LONGEST_CELL = 160  # characters; a summary, whole texts are in the JSON report


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; ``header`` and ``rows`` hold plain text."""
    lines = [header, ["---"] * len(header), *([cell(text) for text in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(text: str) -> str:
    """:func:`plain` text, at most :data:`LONGEST_CELL` characters of it."""
    flat = " ".join(text.split())
    return plain(flat if len(flat) <= LONGEST_CELL else flat[: LONGEST_CELL - 1] + "…")


def plain(text: str) -> str:
    """``text`` on one line, with what Markdown or HTML would read as markup made plain."""
    flat = " ".join(text.split())
    for character in "\\`*_[]<>|":
        flat = flat.replace(character, f"\\{character}")
    return flat
