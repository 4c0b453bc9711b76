"""A collection of vectors that are given: document ``n`` has the text ``passage n``, and the ``n``-th vector for it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import ragline
from indexes.embedders.base import EmbedderFingerprint, Vectors
from ingestion.workers.recipes import CounterRecipe
from ragline.types import Document


class GivenVectors:
    """An embedder that takes the last word of a text for the number of its row. Follows the embedder protocol.

    Documents have rows of ``base``, queries rows of ``queries``. ``fingerprint`` is that of the embedder that made them.
    """

    def __init__(self, fingerprint: EmbedderFingerprint, base: Vectors, queries: Vectors) -> None:
        self.fingerprint = fingerprint
        self.recipe: CounterRecipe | None = None
        self.runtime = "vectors given"
        self.max_tokens: int | None = None
        self._base = base
        self._queries = queries

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_documents(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        vectors: Vectors = self._base[[_row(text) for text in texts]]
        if progress is not None:
            progress(len(texts))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = np.array(self._queries[_row(text)])
        return vector


def open_given(folder: Path, base: Vectors, queries: Vectors, **settings: Any) -> ragline.Collection:
    """The collection at ``folder``, with these vectors in the place of its embedder's."""
    collection = ragline.open(folder, **settings)
    collection.embedder = GivenVectors(collection.configuration.embedder, base, queries)
    return collection


def passages(rows: Iterable[int]) -> list[Document]:
    """The documents of these rows."""
    return [Document(f"p{row}", f"passage {row}") for row in rows]


def query_of(row: int) -> str:
    """The text whose vector is this row of the queries."""
    return f"query {row}"


def row_of(doc_id: str) -> int:
    """The row of a document."""
    return int(doc_id[1:])


def _row(text: str) -> int:
    return int(text.rsplit(maxsplit=1)[-1])
