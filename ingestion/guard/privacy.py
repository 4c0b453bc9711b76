"""Personal data and secrets in documents, on their way in: tagged, redacted, or reason to refuse the document.

It works on the canonical text, before that is split into chunks. A redacted text is the text of the document from then on: what
was in it is nowhere in the collection, and spans are exact in what is stored.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from ingestion.elements import Element, ParsedDocument, Table
from ingestion.guard.credentials import api_keys, private_keys
from ingestion.guard.findings import MARKS, Finding, merged
from ingestion.guard.personal_data import cards, emails, ibans, phones
from ragline.errors import ParseError, SettingsError

KINDS: tuple[str, ...] = tuple(MARKS)
TAG = "privacy_findings"
"""The metadata field that names the kinds found in a document."""

_FINDERS: Mapping[str, Callable[[str], Iterator[Finding]]] = {
    "email": emails,
    "phone": phones,
    "iban": ibans,
    "card": cards,
    "api_key": api_keys,
    "private_key": private_keys,
}
# A phone number beside a card number is seen when that is gone, so a text is looked at until nothing is left in it.
_MOST_LOOKS = 8
# Raised when a finder's results change.
_VERSION = 1


class PrivacyError(ParseError):
    """A document is to be refused; ``findings`` counts what was found in it, by kind."""

    def __init__(self, findings: Mapping[str, int]) -> None:
        super().__init__(f"holds {describe_counts(findings)}; take them out, or set privacy to redact or tag")
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is looked for, and what becomes of a document that has it: ``tag``, ``redact`` or ``refuse``.

    ``off`` looks for nothing.
    """

    mode: str = "off"
    kinds: tuple[str, ...] = KINDS

    @classmethod
    def parse(cls, mode: str, kinds: str) -> "Privacy":
        """From settings; ``kinds`` are names with commas between them, none = all.

        Raises :class:`SettingsError` for an unknown kind, :class:`ragline.errors.MissingExtra` where a library is absent.
        """
        names = tuple(name for part in kinds.split(",") if (name := part.strip())) or KINDS
        unknown = set(names) - set(KINDS)
        if unknown:
            raise SettingsError(f"Setting privacy_kinds names {min(unknown)!r}; choose of {', '.join(KINDS)}.")
        privacy = cls(mode, tuple(kind for kind in KINDS if kind in names))
        privacy.find("+1 415 555 2671, token=0")  # a library that is missing is missed here, not in every document
        return privacy

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same document could come out differently; empty when nothing is looked for."""
        return "" if self.mode == "off" else f"privacy/{_VERSION} {self.mode} {','.join(self.kinds)}"

    def find(self, text: str) -> list[Finding]:
        """What is in ``text``, in order and without overlap."""
        found: list[Finding] = []
        for _ in range(_MOST_LOOKS if self.mode != "off" else 0):
            fresh = merged(chain.from_iterable(_FINDERS[kind](text) for kind in self.kinds))
            if not fresh:
                break
            found = merged([*found, *fresh])
            text = _blanked(text, fresh)
        return found

    def apply(self, parsed: ParsedDocument) -> tuple[ParsedDocument, dict[str, int]]:
        """The document as it is to be stored, and how many passages of each kind were found in it.

        Counted is what is in the text, and what is in title and metadata only. Raises :class:`PrivacyError` for a document
        that is to be refused.
        """
        if self.mode == "off":
            return parsed, {}
        found = self.find(parsed.text)
        passages = [(each.kind, parsed.text[each.start : each.end]) for each in found]
        elsewhere = {
            (each.kind, text[each.start : each.end])
            for text in (parsed.title, *_texts(parsed.metadata.values()))
            for each in self.find(text)
        }
        counts = Counter(kind for kind, _ in chain(passages, elsewhere - set(passages)))
        if not counts:
            return parsed, {}
        ordered = {kind: counts[kind] for kind in KINDS if counts[kind]}
        if self.mode == "refuse":
            raise PrivacyError(ordered)
        if self.mode == "redact":
            parsed = _Redaction(self, parsed.text, found).document(parsed)
        return replace(parsed, metadata={**parsed.metadata, TAG: list(ordered)}), ordered

    def redacted(self, text: str) -> str:
        """``text`` with a mark in the place of every passage."""
        return _Redaction(self, text, self.find(text)).text


OFF = Privacy()


def describe_counts(counts: Mapping[str, int]) -> str:
    """``2 email, 1 api key``, for messages."""
    return ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items())


class _Redaction:
    """A text with marks in it, and where its offsets went."""

    def __init__(self, privacy: Privacy, text: str, found: Sequence[Finding]) -> None:
        self._privacy = privacy
        self._starts = [each.start for each in found]
        self._ends = [each.end for each in found]
        self._known: dict[str, str] = {}
        parts: list[str] = []
        at = length = 0
        self._new_ends: list[int] = []
        for each in found:
            mark = MARKS[each.kind]
            parts += (text[at : each.start], mark)
            length += each.start - at + len(mark)
            self._new_ends.append(length)
            at = each.end
        self.text = "".join([*parts, text[at:]])

    def document(self, parsed: ParsedDocument) -> ParsedDocument:
        elements = tuple(element for each in parsed.elements if (element := self._element(each)).start < element.end)
        metadata = {key: self._value(value) for key, value in parsed.metadata.items()}
        title = self._other(parsed.title)
        return replace(parsed, text=self.text, elements=elements, title=title, metadata=metadata, source_map=None)

    def offset(self, offset: int) -> int:
        """The new place of an offset; inside a passage it is the end of the mark."""
        index = bisect_left(self._starts, offset) - 1
        if index < 0:
            return offset
        return self._new_ends[index] + max(offset - self._ends[index], 0)

    def _element(self, element: Element) -> Element:
        rows = tuple(span for row in element.rows if (span := self._span(row)) is not None)
        # A passage over several rows has taken some of them, and the cells no longer tell which.
        keeps_rows = element.table is not None and len(rows) == len(element.rows)
        return replace(
            element,
            start=self.offset(element.start),
            end=self.offset(element.end),
            section_path=tuple(map(self._other, element.section_path)),
            rows=rows,
            header=None if element.header is None else self._span(element.header),
            source=self._other(element.source),
            table=self._table(element.table) if element.table is not None and keeps_rows else None,
        )

    def _span(self, span: tuple[int, int]) -> tuple[int, int] | None:
        start, end = self.offset(span[0]), self.offset(span[1])
        return (start, end) if start < end else None

    def _table(self, table: Table) -> Table:
        cells = tuple(tuple(map(self._other, row)) for row in table.cells)
        return Table(tuple(map(self._other, table.columns)), cells, self._other(table.caption))

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return self._other(value) if isinstance(value, str) else value

    def _other(self, text: str) -> str:
        """A text beside the document's own; most come up many times."""
        if text not in self._known:
            self._known[text] = self._privacy.redacted(text)
        return self._known[text]


def _blanked(text: str, found: Sequence[Finding]) -> str:
    """``text`` with blanks in the place of what was found, every other character where it was."""
    ends = [0, *(each.end for each in found)]
    starts = [*(each.start for each in found), len(text)]
    kept = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    blanks = [*(" " * (each.end - each.start) for each in found), ""]
    return "".join(chain.from_iterable(zip(kept, blanks, strict=True)))


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(value)
