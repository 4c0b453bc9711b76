"""Passages of a text that tell of a person or open a door, and the marks that stand in their place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MARKS = {
    "email": "[EMAIL]",
    "phone": "[PHONE]",
    "iban": "[IBAN]",
    "card": "[CARD]",
    "api_key": "[API KEY]",
    "private_key": "[PRIVATE KEY]",
}
"""The kinds that are looked for, and what a passage of each is replaced by: a reader still sees what stood there."""

# Patterns are run over pieces of this size, so that no text is long enough for one to be slow. Pieces of one line share some
# characters: no finding but a private key is longer.
_PIECE_CHARS = 4_096
_SHARED_CHARS = 512


@dataclass(frozen=True, slots=True)
class Finding:
    """``text[start:end]`` is of one of the kinds in :data:`MARKS`."""

    start: int
    end: int
    kind: str


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in order without overlap. Where two overlap, the longer one names the kind of both; ties go to the first."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda each: (each.start, -each.end)):
        last = kept[-1] if kept else None
        if last is None or finding.start >= last.end:
            kept.append(finding)
        elif finding.end > last.end:
            longer = finding if finding.end - finding.start > last.end - last.start else last
            kept[-1] = Finding(last.start, finding.end, longer.kind)
    return kept


def line_pieces(text: str) -> Iterator[tuple[int, str]]:
    """The lines of ``text`` with their offsets; long ones in pieces."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start : min(end, start + _PIECE_CHARS)]
        start = end + 1 if end - start <= _PIECE_CHARS else start + _PIECE_CHARS - _SHARED_CHARS
