"""The line that stands in front of a chunk when it is embedded: ``Title > Section > Subsection``."""

from collections.abc import Sequence

from ingestion.chunkers.counting import Counting

_SEPARATOR = " > "


def context_parts(title: str, section_path: Sequence[str]) -> list[str]:
    """Title and headings, blanks collapsed; the title is left out when the first heading says the same."""
    parts = [words for part in (title, *section_path) if (words := " ".join(part.split()))]
    if len(parts) > 1 and title.strip() and parts[0].casefold() == parts[1].casefold():
        return parts[1:]
    return parts


def join_context(parts: Sequence[str]) -> str:
    """The parts as one line."""
    return _SEPARATOR.join(parts)


def shorten_left(parts: Sequence[str], limit: int) -> Counting[str]:
    """The longest end of the line with at most ``limit`` tokens: whole headings while they fit, else the last words."""
    ends = [join_context(parts[index:]) for index in range(len(parts))]
    counts = yield ends
    for end, count in zip(ends, counts, strict=True):
        if count <= limit:
            return end
    words = parts[-1].split() if parts else []
    return (yield from _fit_words(words, limit, from_left=False))


def shorten_right(line: str, limit: int) -> Counting[str]:
    """The first words of ``line`` with at most ``limit`` tokens."""
    return (yield from _fit_words(line.split(), limit, from_left=True))


def _fit_words(words: list[str], limit: int, *, from_left: bool) -> Counting[str]:
    """As many words as fit, found by bisection: counts grow with the number of words."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        (count,) = yield [_take(words, middle, from_left)]
        if count <= limit:
            low = middle
        else:
            high = middle - 1
    return _take(words, low, from_left)


def _take(words: list[str], number: int, from_left: bool) -> str:
    return " ".join(words[:number] if from_left else words[len(words) - number :])
