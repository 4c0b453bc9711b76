"""The way from a canonical text back to the characters of its source.

Text is normalised once, when it is decoded: a byte-order mark goes, and ``\\r\\n`` and ``\\r`` become ``\\n``. Unicode is left
as it is: another normal form would be another text.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

_MARK = "\ufeff"
_PAIR = re.compile("\r\n")


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Offsets in the canonical text to offsets in the decoded source and back, both in code points.

    The map is linear between its breaks: ``mark`` characters stand before the text (1 for a byte-order mark), and at each of
    ``pairs``, the canonical offsets of line ends in order, two characters of the source are one of the text.
    """

    mark: int = 0
    pairs: tuple[int, ...] = ()

    def to_source(self, offset: int) -> int:
        """Where the character at a canonical offset begins in the source. Grows strictly with the offset."""
        return self.mark + offset + bisect_left(self.pairs, offset)

    def to_canonical(self, offset: int) -> int:
        """The canonical offset of a source character; both characters of ``\\r\\n`` have the same one, the mark has 0."""
        low, high = 0, len(self.pairs)
        while low < high:
            middle = (low + high) // 2
            if self.mark + self.pairs[middle] + middle < offset:
                low = middle + 1
            else:
                high = middle
        return max(offset - self.mark - low, 0)

    def span_to_source(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the source that ``text[start:end]`` stands for."""
        return self.to_source(start), self.to_source(end)


def normalize(source: str) -> tuple[str, SourceMap | None]:
    """The canonical text of a decoded source and the map back to it, ``None`` when every character is where it was."""
    text = source.removeprefix(_MARK)
    mark = len(source) - len(text)
    if "\r" not in text:
        return text, SourceMap(mark) if mark else None
    pairs = tuple(match.start() - index for index, match in enumerate(_PAIR.finditer(text)))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, SourceMap(mark, pairs) if mark or pairs else None
