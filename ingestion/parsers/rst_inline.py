"""Running text of reStructuredText without its marks: roles, links and literals as the text that a reader sees."""

import re

_ROLE = re.compile(r":[\w.+:-]+:`([^`]*)`|`([^`]*)`:[\w.+-]+:")
_LITERAL = re.compile(r"``(.+?)``(?!`)")
_LINK = re.compile(r"`([^`<>]*?)\s*<([^<>`]+)>`__?")
_REFERENCE = re.compile(r"`([^`]+)`_{0,2}|\b([^\W_][\w.-]*?)__?(?![\w`])")
_EMPHASIS = re.compile(r"(?<![\w*])\*{1,2}(?=\S)([^*\n]+?)(?<=\S)\*{1,2}(?![\w*])")
_SUBSTITUTION = re.compile(r"\|([^|\s](?:[^|]*[^|\s])?)\|_{0,2}")
_NOTE = re.compile(r"\s?\[(?:\d+|#[\w-]*|\*)\]_")
_TITLE_OF_TARGET = re.compile(r"^(.*?)\s*<[^<>]*>$", re.DOTALL)
_BARE = re.compile(r"(?<![<\w])https?://[^\s<>`|\"'()\[\]]+")
_DEFINITION = re.compile(r"^\.\. _[^\n]*?:\s+(\S+)\s*$", re.MULTILINE)
# A longer text is no title and no cell.
_MAX_CHARS = 2_000


def plain_text(text: str) -> str:
    """``text`` on one line, without marks.

    ``:ref:`title <target>``` and ```title <address>`_`` are their title, ``:doc:`intro``` is ``intro``; a reference to a note
    is nothing.
    """
    text = " ".join(text.split())
    if len(text) > _MAX_CHARS or not any(char in text for char in "`*|_[\\"):
        return text
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(match.group(1))
        return f"\0{len(literals) - 1}\0"

    text = _LITERAL.sub(keep, text)
    text = _ROLE.sub(lambda match: _title(match.group(1) or match.group(2) or ""), text)
    text = _LINK.sub(lambda match: match.group(1) or match.group(2), text)
    text = _NOTE.sub("", text)
    text = _REFERENCE.sub(lambda match: match.group(1) or match.group(2), text)
    text = _EMPHASIS.sub(r"\1", text)
    text = _SUBSTITUTION.sub(r"\1", text)
    text = re.sub(r"\\(.)", r"\1", text).strip()
    return re.sub("\0(\\d+)\0", lambda match: literals[int(match.group(1))], text)


def link_targets(text: str) -> list[str]:
    """The addresses of links, in order, then those of named targets."""
    found = [(match.start(), match.group(2)) for match in _LINK.finditer(text) if not match.group(2).endswith("_")]
    found += [(match.start(), match.group().rstrip(".,;:!?*_")) for match in _BARE.finditer(text)]
    named = [match.group(1) for match in _DEFINITION.finditer(text) if not match.group(1).endswith("_")]
    return [target for _, target in sorted(found)] + named


def _title(content: str) -> str:
    titled = _TITLE_OF_TARGET.match(content)
    return (titled.group(1) if titled and titled.group(1) else content).removeprefix("~").removeprefix("!")
