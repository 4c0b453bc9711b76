"""Text of documents, models and users on its way to a terminal, which obeys what it is sent: colours, titles, the clipboard."""

from __future__ import annotations

import re

from rich import markup

# Control characters but tab and line feed, characters that turn the direction of writing, and halves of surrogate pairs.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """``text`` for a console of rich: no markup, and characters that a terminal obeys as their codes, such as ``\\x1b``."""
    return markup.escape(_OBEYED.sub(_code, text.replace("\r\n", "\n")))


def _code(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")
