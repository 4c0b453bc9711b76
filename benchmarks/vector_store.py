"""Vectors kept between runs, so that quality can be measured again without encoding again.

Timings of real encoding never go through it.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import ragline
from indexes.embedders.base import Embedder, Vectors
from indexes.embedders.model_cache import default_cache_folder


def default_store() -> Path:
    """The file in Ragline's cache folder; it can be deleted at any time."""
    return default_cache_folder() / "benchmarks" / "vectors.sqlite"


class VectorStore:
    """Vectors by space and text in one SQLite file. A space is what makes vectors exchangeable. Safe to use from threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # no fsync a commit: queries come one by one
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )

    def close(self) -> None:
        self._connection.close()

    def get(self, space: str, texts: Sequence[str]) -> dict[str, Vectors]:
        """The vectors, float32, of those ``texts`` that are kept."""
        found = {}
        with self._lock:
            for text in texts:
                row = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (_key(space, text),)).fetchone()
                if row is not None:
                    found[text] = np.frombuffer(row[0], dtype=np.float32)
        return found

    def put(self, space: str, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vector of each text, in one transaction."""
        rows = [
            (_key(space, text), np.ascontiguousarray(vector, dtype=np.float32).tobytes())
            for text, vector in zip(texts, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


class StoredEmbedder:
    """The embedder ``inner`` with a memory: only texts that were never seen reach it. Follows the embedder protocol.

    ``calls`` counts calls of :meth:`embed_documents`, ``encoded`` the texts that ``inner`` had to encode.
    """

    def __init__(self, inner: Embedder, store: VectorStore) -> None:
        self._inner = inner
        self._store = store
        # Runtimes agree to a cosine of .999 only: kept apart, so that a figure is that of the runtime named beside it.
        self.space = f"{inner.fingerprint!r} {inner.runtime}"
        self.fingerprint = inner.fingerprint
        self.recipe = inner.recipe
        self.runtime = inner.runtime
        self.max_tokens = inner.max_tokens
        self.calls = 0
        self.encoded = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._inner.count_tokens(texts)

    def embed_documents(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        self.calls += 1
        vectors = self._embed(texts, self._inner.embed_documents)
        if progress is not None:
            progress(len(texts))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self._embed([text], lambda texts: np.stack([self._inner.embed_query(text) for text in texts]))[0]
        return vector

    def _embed(self, texts: Sequence[str], encode: Callable[[list[str]], Vectors]) -> Vectors:
        known = self._store.get(self.space, texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            fresh = encode(missing)
            self.encoded += len(missing)
            self._store.put(self.space, missing, fresh)
            known |= dict(zip(missing, fresh, strict=True))
        return np.stack([known[text] for text in texts]) if texts else np.empty((0, self.fingerprint.dim), np.float32)


def open_stored(folder: Path, store: VectorStore, **settings: Any) -> tuple[ragline.Collection, StoredEmbedder]:
    """The collection at ``folder``, with its embedder's vectors taken from ``store`` where they are there."""
    collection = ragline.open(folder, **settings)
    embedder = StoredEmbedder(collection.embedder, store)
    collection.embedder = embedder
    return collection, embedder


def _key(space: str, text: str) -> bytes:
    return hashlib.blake2b(f"{space}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
