"""Whether a segment is a row of a table or a line of code, and whether a chunk is mostly made of such."""

import re
from collections.abc import Sequence

_ROW_CELLS = 4
_BARRED = re.compile(r"\s*\|.*\|\s*$")
_STATEMENT = re.compile(r"\s*(?:def|class|import|from|return|for|if|print|var|let|const|public)\b.*[:;(){}=]")
# What stands before a bracket is looked at from behind it, so that the search can leap from one to the next.
_CALL = re.compile(r"\((?<=\w\()[^()\n]*\)")
_ASSIGNMENT = re.compile(r" = (?<=\w = )")


def is_row(said: str) -> bool:
    """Whether a segment stands between bars, or has four commas, semicolons or tabs."""
    return said.count(",") + said.count(";") + said.count("\t") >= _ROW_CELLS or (
        "|" in said and _BARRED.match(said) is not None
    )


def is_code(said: str) -> bool:
    """Whether a segment ends, begins or has a call or an assignment as a line of code."""
    return (
        said.rstrip().endswith((";", "{", "}"))
        or ("(" in said and _CALL.search(said) is not None)
        or (" = " in said and _ASSIGNMENT.search(said) is not None)
        or _STATEMENT.match(said) is not None
    )


def is_mostly_structured(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether more than half of the characters of these segments of ``text`` are in rows or code."""
    structured = sum([end - start for start, end in spans])
    most = structured // 2
    for start, end in spans:
        said = text[start:end]
        if not is_row(said) and not is_code(said):
            structured -= end - start
            if structured <= most:  # what is left cannot change it
                return False
    return structured > most
