"""Finding the quotes of a golden set in the documents, so that judgements point to exact characters."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from eval.golden import GoldenItem, GoldenSet, Relevance
from ragline.errors import GoldenSetError


def locate(golden: GoldenSet, text_of: Callable[[str], str | None]) -> GoldenSet:
    """``golden`` with ``start`` and ``end`` of every quote filled in; ``text_of`` gives a document's text, or ``None``.

    Runs of white space count as equal to each other; the first place is taken where a quote occurs more than once. A span
    that is already given must lie in the text and, where there is a quote, hold it. The digest stays that of the set as it
    was loaded. Raises :class:`GoldenSetError` listing every document that is missing and every quote that is not found.
    """
    problems: list[str] = []
    texts: dict[str, str | None] = {}
    items: list[GoldenItem] = []
    for item in golden.items:
        located = []
        for judgement in item.relevant:
            if judgement.doc_id not in texts:
                texts[judgement.doc_id] = text_of(judgement.doc_id)
            placed, problem = _placed(judgement, texts[judgement.doc_id])
            located.append(placed)
            if problem:
                problems.append(f"  {item.id}: {judgement.doc_id}: {problem}")
        items.append(replace(item, relevant=tuple(located)))
    if problems:
        count = f"{len(problems)} judgement{'s' if len(problems) > 1 else ''}"
        listing = "\n".join(problems)
        raise GoldenSetError(f"golden set {golden.name!r}: {count} not found:\n{listing}\nCorrect the quotes or the documents.")
    return replace(golden, items=tuple(items))


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """The first span of ``text`` with the words of ``quote``, whatever white space parts them; ``None`` when there is none."""
    return next(quote_places(quote, text), None)


def quote_places(quote: str, text: str) -> Iterator[tuple[int, int]]:
    """All such spans, in order."""
    words = quote.split()
    if words:
        yield from (match.span() for match in re.finditer(r"\s+".join(map(re.escape, words)), text))


def _placed(judgement: Relevance, text: str | None) -> tuple[Relevance, str]:
    """The judgement with its span, and what is wrong with it (empty when nothing is)."""
    if text is None:
        return judgement, "no such document"
    span = judgement.span
    if span is None:
        return _searched(judgement, text)
    if span[1] > len(text):
        return judgement, f"span {span[0]} to {span[1]} reaches beyond the text of {len(text)} characters"
    if judgement.quote and judgement.quote.split() != text[slice(*span)].split():
        return judgement, f"span {span[0]} to {span[1]} does not hold the quote {_short(judgement.quote)!r}"
    return judgement, ""


def _searched(judgement: Relevance, text: str) -> tuple[Relevance, str]:
    if not judgement.quote.strip():
        return judgement, ""
    found = find_quote(judgement.quote, text)
    if found is None:
        return judgement, f"quote {_short(judgement.quote)!r} is not in the text"
    return replace(judgement, start=found[0], end=found[1]), ""


def _short(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= 80 else flat[:79] + "…"
