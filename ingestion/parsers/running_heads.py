"""Running heads and feet: the line that begins or ends page after page, told by its words."""

import re
from collections import defaultdict
from collections.abc import Sequence

# A repeated line on fewer pages is more likely a title that goes on, or the head of a long table.
_MIN_PAGES = 2
_MIN_SHARE = 0.5
# "Invoice 2" on page 2 may be that invoice's name; a head with a page number says more than that beside it.
_MIN_WORDS = 3


def repeated_heads(lines: Sequence[tuple[int, str]]) -> set[int]:
    """Indices of the lines that only repeat, on a later page, what a former page begins or ends with.

    ``lines`` are (page number, text) in reading order. Two lines are alike when they are equal but for the number of their own
    page. The first of its kind is not in the result: what it says is said once.
    """
    pages: defaultdict[int, list[int]] = defaultdict(list)
    for index, (page, _) in enumerate(lines):
        pages[page].append(index)
    found: set[int] = set()
    for edge in (0, -1):
        alike: defaultdict[str, list[int]] = defaultdict(list)
        for page, indices in pages.items():
            if len(indices) > 1:
                alike[_words(lines[indices[edge]][1], page)].append(indices[edge])
        for same in alike.values():
            if len(same) >= max(_MIN_PAGES, _MIN_SHARE * len(pages)):
                found.update(same[1:])
    return found


def _words(text: str, page: int) -> str:
    """The line without the number of its page."""
    bare = re.sub(rf"(?<![\d.,]){page}(?![\d.,])", "#", text)
    return bare if len(bare.replace("#", " ").split()) >= _MIN_WORDS else text
