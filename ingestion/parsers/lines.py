"""Line numbers to offsets."""

import re

Span = tuple[int, int]


class Lines:
    """The lines of a text, 0-based."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __len__(self) -> int:
        return len(self._starts)

    def span(self, first: int, last: int, *, keep_indent: bool = False) -> Span:
        """Lines ``first`` to ``last`` (exclusive) without the blank space around them."""
        start = self._starts[min(first, len(self) - 1)]
        end = self._starts[last] if last < len(self) else len(self._text)
        block = self._text[start:end]
        indent = 0 if keep_indent else len(block) - len(block.lstrip())
        return start + indent, start + max(len(block.rstrip()), indent)
