"""The vectors of queries: the last ones asked for are kept, as people and programs ask the same again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from indexes.embedders.base import Embedder, Vectors

_Key = tuple[object, str, str]
"""The embedder's fingerprint, what computes its vectors, and the text: the same vector, bit for bit."""


@runtime_checkable
class QueryBatchEmbedder(Protocol):
    """An embedder whose queries cost less together."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of ``embed_query``, bit for bit, of shape ``(len(texts), dim)``."""
        ...


@dataclass(frozen=True, slots=True)
class QueryCacheStats:
    """Vectors kept now, of ``capacity`` at most; how many queries found theirs (``hits``), and how many did not, so far."""

    entries: int
    capacity: int
    hits: int
    misses: int


class QueryVectors:
    """Embeds queries. Safe to use from several threads: at worst two of them embed the same one.

    ``capacity`` vectors are kept, 0 = none; those that were asked for longest ago go first. Only what an embedder gives for a
    text is kept, never what was found with it: nothing that is kept depends on who asks, or on the documents.
    """

    def __init__(self, embedder: Callable[[], Embedder], capacity: int) -> None:
        self._embedder = embedder
        self._capacity = capacity
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, Vectors] = OrderedDict()
        self._hits = self._misses = 0

    def vector(self, text: str) -> Vectors:
        """The unit vector of a query, read-only, float32 of shape ``(dim,)``."""
        return self.vectors([text])[0]

    def vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """The vectors of several queries; those that are not kept are embedded together, each text once."""
        embedder = self._embedder()
        keys: dict[str, _Key] = {text: (embedder.fingerprint, embedder.runtime, text) for text in texts}
        found = self._known(keys)
        missing = [text for text in keys if text not in found]
        if missing:
            new = dict(zip(missing, _embedded(embedder, missing), strict=True))
            for vector in new.values():
                vector.flags.writeable = False  # it is handed to every query with this text
            self._keep(keys, new)
            found |= new
        return [found[text] for text in texts]

    @property
    def stats(self) -> QueryCacheStats:
        with self._lock:
            return QueryCacheStats(len(self._kept), self._capacity, self._hits, self._misses)

    def _known(self, keys: dict[str, _Key]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        with self._lock:
            for text, key in keys.items():
                if (vector := self._kept.get(key)) is not None:
                    self._kept.move_to_end(key)
                    found[text] = vector
            self._hits += len(found)
            self._misses += len(keys) - len(found)
        return found

    def _keep(self, keys: dict[str, _Key], new: dict[str, Vectors]) -> None:
        with self._lock:
            for text, vector in new.items():
                self._kept[keys[text]] = vector
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)


class AnsweringEmbedder:
    """What answering needs of an embedder: the vector of a question is the one that its search had, where it is kept."""

    def __init__(self, embedder: Embedder, vectors: QueryVectors) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self.fingerprint = embedder.fingerprint
        self.max_tokens = embedder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder."""
        return self._embedder.count_tokens(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As the embedder."""
        return self._embedder.embed_documents(texts)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, shape ``(dim,)``."""
        return self._vectors.vector(text)


def _embedded(embedder: Embedder, texts: Sequence[str]) -> list[Vectors]:
    if len(texts) > 1 and isinstance(embedder, QueryBatchEmbedder):
        return [row.copy() for row in embedder.embed_queries(texts)]  # so that one that is kept keeps no other
    return [embedder.embed_query(text).copy() for text in texts]
