"""Documents in a number at which indexes differ, quickly made."""

import numpy as np

from ragline.types import Document

COUNT = 2_600
"""More chunks than any kind compares all of."""

_SYLLABLES = ["ka", "lo", "mi", "ren", "tu", "sa", "vo", "pel", "dra", "in"]


def documents(count: int, *, start: int = 0) -> list[Document]:
    """Documents of twelve words, of which no two are alike."""
    words = [first + second + third for first in _SYLLABLES for second in _SYLLABLES for third in _SYLLABLES]
    found = []
    for number in range(start, start + count):
        chosen = np.random.default_rng(number).choice(words, 12)
        found.append(Document(f"d{number}", " ".join(chosen), metadata={"group": number % 50}))
    return found
