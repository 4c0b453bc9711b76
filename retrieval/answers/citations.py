"""From the markers in a model's answer to citations of exact characters.

Only passages that were given can be cited. For each cited sentence the best supporting sentence of the passage is looked
up, by the words, numbers and identifiers that both have.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragline.types import Citation, Hit
from retrieval.answers.scoring import chunk_candidates, coverage
from retrieval.answers.sentences import SentenceSpan, sentence_spans
from retrieval.answers.terms import language_of, query_terms

_NUMBERS = r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*"
# Code keeps its brackets: a[0] in backticks is no marker.
_MARKER = re.compile(
    rf"(?P<code>```.*?```|`[^`\n]*`)|\s*[\[【［〔]\^?(?:passages?\s+)?(?P<numbers>{_NUMBERS})[\]】］〕]",
    re.IGNORECASE | re.DOTALL,
)
_WIDEST_RANGE = 20  # a range such as [1-999] is no list of passages; its ends alone are read


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of an answer: ``answer[start:end]``. ``text`` is it without markers and line breaks.

    ``citations`` are places in the list of citations; empty where it cites nothing that was given.
    """

    start: int
    end: int
    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CitedText:
    """An answer's text with only valid markers, its statements and citations by place, and what had to be noted.

    ``unknown`` are the numbers that were cited and not given.
    """

    text: str
    citations: tuple[Citation, ...]
    claims: tuple[Claim, ...]
    unknown: tuple[int, ...]

    @property
    def uncited(self) -> int:
        """How many statements carry no valid marker."""
        return sum(not claim.citations for claim in self.claims)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the answer should know, in words; empty where all is well."""
        notes = []
        if self.uncited:
            notes.append(f"{self.uncited} of {len(self.claims)} sentences carry no citation")
        if self.unknown:
            notes.append("citations of passages that were not given were dropped: " + ", ".join(map(str, self.unknown)))
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class _Marker:
    start: int
    end: int
    numbers: tuple[int, ...]


def cite(text: str, hits: Sequence[Hit]) -> CitedText:
    """Resolve the markers of ``text``: number n stands for ``hits[n - 1]``.

    A marker belongs to the sentence that it ends or stands in. A sentence gets one citation for each passage that it names,
    with ``quote == chunk.text[start - chunk.start : end - chunk.start]``. Sentences, rows and lines of code are statements.
    """
    markers = list(_markers(text))
    known = range(1, len(hits) + 1)
    unknown = {number for marker in markers for number in marker.numbers if number not in known}
    text = _rewritten(text, markers, known)
    markers = list(_markers(text))
    bare = _blanked(text, markers)
    sentences = [span for span in sentence_spans(bare) if span.kind in ("sentence", "row", "code")]
    cited: dict[int, list[int]] = {index: [] for index in range(len(sentences))}
    for marker in markers:
        owner = _owner(marker, sentences)
        if owner is not None:
            cited[owner].extend(n for n in marker.numbers if n not in cited[owner])
    citations: list[Citation] = []
    claims: list[Claim] = []
    for index, span in enumerate(sentences):
        claim = " ".join(bare[span.start : span.end].split())
        first = len(citations)
        citations.extend(citation_of(claim, number, hits[number - 1]) for number in cited[index])
        claims.append(Claim(span.start, span.end, claim, tuple(range(first, len(citations)))))
    return CitedText(text, tuple(citations), tuple(claims), tuple(sorted(unknown)))


def without_markers(text: str) -> str:
    """``text`` with blanks where it has markers, so that every offset stays."""
    return _blanked(text, list(_markers(text)))


def _markers(text: str) -> Iterator[_Marker]:
    for match in _MARKER.finditer(text):
        if match["numbers"] is not None:
            yield _Marker(match.start(), match.end(), tuple(_expanded(match["numbers"])))


def _expanded(numbers: str) -> Iterator[int]:
    """``"1, 3-5"`` gives 1, 3, 4, 5."""
    for part in re.split(r"[,;]", numbers):
        ends = [int(end) for end in re.split(r"[–-]", part)]
        yield from range(ends[0], ends[-1] + 1) if 0 <= ends[-1] - ends[0] <= _WIDEST_RANGE else ends


def _blanked(text: str, markers: Sequence[_Marker]) -> str:
    """``text`` with blanks for markers, so that every offset stays."""
    pieces, last = [], 0
    for marker in markers:
        blank = re.sub(r"[^\n]", " ", text[marker.start : marker.end])
        pieces += [text[last : marker.start], blank]
        last = marker.end
    return "".join([*pieces, text[last:]])


def _owner(marker: _Marker, sentences: Sequence[SentenceSpan]) -> int | None:
    """The sentence that the marker ends or stands in: the last that begins before it, else the first."""
    before = [index for index, span in enumerate(sentences) if span.start < marker.end]
    return before[-1] if before else 0 if sentences else None


def _rewritten(text: str, markers: Sequence[_Marker], known: range) -> str:
    """``text`` with every marker as ``[1][3]``, without the numbers that were not given."""
    pieces, last = [], 0
    for marker in markers:
        valid = [number for number in dict.fromkeys(marker.numbers) if number in known]
        space = re.match(r"\s*", text[marker.start : marker.end])
        shown = (space.group() if space else "") + "".join(f"[{number}]" for number in valid) if valid else ""
        pieces += [text[last : marker.start], shown]
        last = marker.end
    return "".join([*pieces, text[last:]]).strip()


def citation_of(claim: str, number: int, hit: Hit) -> Citation:
    """A citation of the sentence of ``hit`` that has most of the words of ``claim``; of all of it where none has one."""
    chunk = hit.chunk
    language = language_of([chunk.text])
    terms = query_terms(claim, language)
    weights = {term.text: term.weight for term in terms}
    candidates = chunk_candidates(chunk, language)
    scored = [(coverage(candidate, terms, weights), -candidate.start, candidate) for candidate in candidates]
    support, _, best = max(scored, key=lambda item: item[:2]) if scored else (0.0, 0, None)
    start, end = (best.start, best.end) if best and support > 0 else _whole(hit)
    return Citation(
        marker=number,
        claim=claim,
        doc_id=chunk.doc_id,
        chunk_id=chunk.id,
        start=start,
        end=end,
        quote=chunk.text[start - chunk.start : end - chunk.start],
        support=support,
        title=chunk.title,
        section_path=chunk.section_path,
        page=chunk.page,
    )


def _whole(hit: Hit) -> tuple[int, int]:
    """The chunk without white space around it: what is cited where no sentence shares a word with the claim."""
    chunk = hit.chunk
    lead = len(chunk.text) - len(chunk.text.lstrip())
    return chunk.start + lead, chunk.start + max(lead, len(chunk.text.rstrip()))
