"""The chunker of topics: cuts where the meaning of what is said changes, by the vectors of the sentences."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from ingestion.chunkers.atoms import FINE_LINES, FINE_SENTENCES, WORDS, Splitter
from ingestion.chunkers.base import TokenCounter
from ingestion.chunkers.breaks import TARGET_SHARE, cheapest_starts
from ingestion.chunkers.flat import FlatChunker, Stretch
from ragline.errors import SettingsError

if TYPE_CHECKING:  # what else chunks, in a child process above all, has no use for NumPy
    import numpy as np
    from numpy.typing import NDArray

# What the semantic chunker is for is precise passages: about so many tokens are one topic. Chosen by
# ``python -m benchmarks chunking``; see docs/decisions.
TOPIC_TOKENS = 64
# A chunk of fewer tokens than this part of the size says too little to be found for what it means.
MIN_SHARE = 0.125

PERCENTILE = 50.0
WINDOW_SENTENCES = 3
JOIN_WEIGHT = 0.2
"""Cost of one standard deviation of distance, in the unit of :mod:`ingestion.chunkers.breaks`."""

Embed = Callable[[list[str]], Any]
"""Texts to vectors, in their order, as an array or nested lists of shape ``(texts, dim)``."""


class SemanticChunker(FlatChunker):
    """Cuts between sentences that are far from each other, at the percentile of the distances in the document.

    With the vector ``v[i]`` of sentence i, the distance at the place in front of it is one minus the cosine of the sums of
    the three vectors before it and of the three from it on (Hearst's TextTiling with an embedder's vectors; single sentences
    are Kamradt's "5 Levels of Text Splitting", 2023). A place whose distance is above the percentile costs something when it
    is not cut, one below when it is, in standard deviations; sizes and the strengths of the places weigh in as in
    :mod:`ingestion.chunkers.breaks`. A topic is taken to have about 64 tokens; the size is only the most that a chunk may
    have, and an eighth of the size the least, where the text is long enough.
    """

    name: ClassVar[str] = "semantic"
    version: ClassVar[int] = 2

    def __init__(
        self,
        counter: TokenCounter,
        embed: Embed,
        *,
        size_tokens: int | None = None,
        overlap: float = 0.15,
        percentile: float = PERCENTILE,
    ) -> None:
        """Raises :class:`SettingsError` for a bad size or overlap, and for a percentile outside 0 to 100."""
        super().__init__(counter, size_tokens=size_tokens, overlap=overlap)
        if not 0 <= percentile <= 100:
            raise SettingsError(f"{percentile} is not a percentile of the distances; use a number from 0 to 100")
        self.percentile = float(percentile)
        self.fingerprint += f" percentile={self.percentile!r}"
        self._embed = embed

    def _splitters(self) -> Iterable[Splitter]:
        return (FINE_LINES, FINE_SENTENCES, WORDS)

    def _joins(self, stretches: Sequence[Sequence[str]]) -> list[Sequence[float]]:
        """Distances of all stretches are compared with one another: a document has one percentile."""
        import numpy as np

        texts = [text for atoms in stretches for text in atoms]
        vectors = np.asarray(self._embed(texts), dtype=np.float64)
        bounds = list(accumulate(map(len, stretches), initial=0))
        distances = [_distances(vectors[start:end]) for start, end in pairwise(bounds)]
        costs = join_costs([0.0, *(each for found in distances for each in found[1:])], percentile=self.percentile)[1:]
        ends = list(accumulate((len(found) - 1 for found in distances), initial=0))
        return [[0.0, *costs[start:end]] for start, end in pairwise(ends)]

    def _starts(self, stretch: Stretch) -> list[int]:
        return cheapest_starts(
            stretch.tokens,
            stretch.repeats,
            stretch.strengths,
            stretch.joins,
            stretch.budget,
            min(stretch.budget * TARGET_SHARE, TOPIC_TOKENS),
            least=int(self.size_tokens * MIN_SHARE),
        )


def join_costs(distances: Sequence[float], *, percentile: float = PERCENTILE, weight: float = JOIN_WEIGHT) -> list[float]:
    """The cost of not cutting at each place: ``weight * (distance - threshold) / deviation``.

    The threshold is the percentile of the distances, the deviation their standard deviation. ``distances[i]`` belongs to the
    place in front of sentence i, so the first one is no place and costs nothing; nor does any where all are equal.
    """
    places = distances[1:]
    if not places:
        return [0.0] * len(distances)
    mean = sum(places) / len(places)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in places) / len(places))
    if deviation < 1e-9:  # rounding noise of equal distances
        return [0.0] * len(distances)
    threshold = _percentile(sorted(places), percentile)
    return [0.0, *(weight * (each - threshold) / deviation for each in places)]


def _distances(vectors: "NDArray[np.float64]", window: int = WINDOW_SENTENCES) -> list[float]:
    """The distance at the place in front of each sentence, 0 in front of the first."""
    import numpy as np

    sums = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0)])
    count = len(vectors)
    found = [0.0]
    for place in range(1, count):
        before = sums[place] - sums[max(0, place - window)]
        after = sums[min(count, place + window)] - sums[place]
        lengths = float(np.linalg.norm(before) * np.linalg.norm(after))
        found.append(1.0 - float(before @ after) / lengths if lengths > 0 else 1.0)
    return found


def _percentile(ordered: Sequence[float], percentile: float) -> float:
    """With linear interpolation between the two nearest ranks, as NumPy does by default."""
    at = (len(ordered) - 1) * percentile / 100
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
