"""The exact similarity of two texts: the share of their shingles that they have in common (Jaccard)."""

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from ingestion.duplicates.shingles import Shingler

KEPT_SHINGLES = 2_000_000
"""Shingles of the texts looked at last that are kept, about 150 MB: the texts of a cluster are looked at again and again."""


def jaccard(one: AbstractSet[int], other: AbstractSet[int]) -> float:
    """``|A & B| / |A | B|`` in [0, 1]; 0 when both are empty."""
    common = len(one & other)
    union = len(one) + len(other) - common
    return common / union if union else 0.0


def may_reach(one: AbstractSet[int], other: AbstractSet[int], threshold: float) -> bool:
    """Whether sets of these sizes can have that similarity at all: it is never more than the smaller size by the larger."""
    small, large = sorted((len(one), len(other)))
    return small >= threshold * large


class ShingleSets:
    """The shingle sets of texts by number, made when they are asked for."""

    def __init__(self, text: Callable[[int], str]) -> None:
        self._text = text
        self._shingler = Shingler()
        self._kept: OrderedDict[int, frozenset[int]] = OrderedDict()
        self._size = 0

    def __call__(self, number: int) -> frozenset[int]:
        """The different shingles of the text with this number."""
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        (found,) = self._shingler.shingle([self._text(number)]).sets()
        self._kept[number] = found
        self._size += len(found)
        while self._size > KEPT_SHINGLES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest)
        return found
