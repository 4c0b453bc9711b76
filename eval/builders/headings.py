"""Questions from the headings of sections: the heading, after what it stands below, and the passage that follows it.

Such a query has words of the section that it is to find, which makes it an easy one. What it can show is whether sections are
found at all, and whether a change of chunks or embedder loses some.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eval.builders.base import Built, Gathering, SourceDocument, passage
from eval.builders.origins import HEADING
from eval.golden_types import Relevance
from ingestion.elements import Element

MIN_BODY = 40
"""Characters that a section must have: a shorter one says too little to be looked for."""

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with those above it, and the first element below it."""

    path: tuple[str, ...]
    body: Element


def from_headings(sources: Iterable[SourceDocument]) -> Built:
    """A question for each section: ``Benefits: Dental``. A heading that is a question itself is left to the builder of FAQs.

    Refused are sections with fewer than 40 characters, headings without a word, and queries that two sections would have,
    of which either could be meant.
    """
    gathering = Gathering(HEADING)
    wanted = [(source, section, query_of(source, section)) for source in sources for section in sections(source)]
    counts = Counter(query.casefold() for _, _, query in wanted)
    for source, section, query in wanted:
        start, end = passage(source.text, section.body.start, section.body.end)
        if asks(section.path[-1]):
            continue
        if not _WORD.search(section.path[-1]):
            gathering.refuse("a heading without a word")
        elif end - start < MIN_BODY:
            gathering.refuse("a section that says too little")
        elif counts[query.casefold()] > 1:
            gathering.refuse("a name that several sections have")
        else:
            gathering.keep(query, "", [Relevance(source.doc_id, 1, source.text[start:end], start, end)])
    return gathering.built()


def asks(heading: str) -> bool:
    """Whether a heading is a question: two words or more before its question mark, or any in a script without blanks.

    One word is an optional member in the documentation of an interface: ``timeout?``.
    """
    heading = heading.rstrip()
    return heading.endswith(("？", "؟")) or (heading.endswith("?") and len(heading[:-1].split()) > 1)


def sections(source: SourceDocument) -> Iterator[Section]:
    """The sections of a document that have a body, in order; of one that goes on behind its subsections the first part."""
    seen: set[tuple[str, ...]] = set()
    for element in source.parsed.elements:
        path = element.section_path
        if element.kind == "heading" or not path or path in seen:
            continue
        body = without_heading(source.text, element, path)
        if body.start < body.end:
            seen.add(path)
            yield Section(path, body)


def query_of(source: SourceDocument, section: Section) -> str:
    """The heading behind the one above it, or behind the document's title where there is none above."""
    names = [source.title, *section.path]
    last = names[-2:] if names[-2].casefold() != names[-1].casefold() else names[-1:]
    return ": ".join(" ".join(name.split()) for name in last if name.strip())


def without_heading(text: str, element: Element, path: tuple[str, ...]) -> Element:
    """The element without the lines in front of it that are headings: what chunks of composed formats begin with."""
    start = element.start
    for match in re.finditer(r"[^\n]*\n?", text[element.start : element.end]):
        line = match[0].strip().strip("#").strip()
        if line and line not in path:
            break
        start = element.start + match.end()
        if match.end() == element.end - element.start:
            break
    return Element(element.kind, min(start, element.end), element.end, section_path=path)
