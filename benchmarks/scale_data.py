"""A million vectors of distinct real texts, made once by the light embedder and kept below the system's temp folder."""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.sentence_windows import Sentences, Window, digest, normalised, shared_sentences, windows
from indexes.embedders.base import Embedder
from indexes.vector.base import Rows, Vectors
from indexes.vector.faiss_library import faiss_threads, import_faiss
from ragline.durable import write_json
from ragline.errors import InputError

QUERIES = 1_000
HELD_OUT_SHARE = 0.15
"""Documents that give queries and nothing else. Many are releases of a manual, whose sentences are in other releases too: these
give none."""

WIDTHS = 6
"""Most sentences of a query; the windows of a million texts have up to seven."""

K = 10
_RECIPE = 1  # raised when texts or their order change, so that kept files are made anew
_BLOCK_TEXTS = 4_096
_BLOCK_ROWS = 50_000
_SEED = 7


@dataclass(frozen=True, slots=True)
class ScaleData:
    """``base`` is mapped; its rows are in an order of chance, so that the first ``n`` are a sample of all.

    ``counts`` says of how many sentences the texts are, and from which sources, for the base and for the queries.
    """

    folder: Path
    base: Vectors
    queries: Vectors
    counts: Mapping[str, Mapping[str, int]]

    def truth(self, count: int) -> list[set[int]]:
        """The rows of the 10 nearest among the first ``count`` for each query, by FAISS's exact scan; kept in a file."""
        file = self.folder / f"truth-{count}.npy"
        if not file.exists():
            np.save(file, exact_nearest(self.base[:count], self.queries, K))
        return [set(row) for row in np.load(file).tolist()]


def scale_data(
    count: int, embedder: Embedder, *, documents: list[Sentences] | None = None, place: Path | None = None
) -> ScaleData:
    """``count`` distinct vectors and 1,000 queries, from the kept file where there is one; made with bounded memory.

    Of the shared documents, unless others are given. Raises :class:`CorpusMissingError`, and :class:`InputError` where the
    documents have fewer distinct texts.
    """
    key = hashlib.sha256(f"{_RECIPE} {embedder.fingerprint!r}".encode()).hexdigest()[:12]
    folder = (place or Path(tempfile.gettempdir()) / "ragline-benchmarks") / f"windows-{count}-{key}"
    done = folder / "counts.json"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        counts = _make(folder, count, embedder, shared_sentences() if documents is None else documents)
        write_json(done, counts)  # last of all: what lacks it is made anew
    base = np.load(folder / "base.npy", mmap_mode="r")
    return ScaleData(folder, base, np.load(folder / "queries.npy"), json.loads(done.read_text("utf-8")))


def exact_nearest(base: Vectors, queries: Vectors, k: int) -> Rows:
    """The ``k`` nearest rows by inner product, read block by block."""
    faiss = import_faiss("the exact neighbours")
    heap = faiss.ResultHeap(len(queries), k, keep_max=True)
    with faiss_threads(faiss, 2):
        for start in range(0, len(base), _BLOCK_ROWS):
            flat = faiss.IndexFlatIP(base.shape[1])
            flat.add(np.ascontiguousarray(base[start : start + _BLOCK_ROWS]))
            scores, rows = flat.search(queries, k)
            heap.add_result(scores, np.where(rows < 0, rows, rows + start))
        heap.finalize()
    nearest: Rows = heap.I
    return nearest


def _make(folder: Path, count: int, embedder: Embedder, documents: list[Sentences]) -> dict[str, dict[str, int]]:
    first = int(len(documents) * HELD_OUT_SHARE)
    queries = list(islice(_queries(documents[:first], documents[first:]), QUERIES))
    vectors = embedder.embed_documents([query.text for query in queries])
    np.save(folder / "queries.npy", vectors)
    base = np.lib.format.open_memmap(folder / "base.npy", "w+", np.float32, (count, embedder.fingerprint.dim))
    places = np.random.default_rng(_SEED).permutation(count)
    found = windows(documents[first:], taken={digest(normalised(query.text)) for query in queries})
    seen: set[bytes] = set()
    _unseen(vectors, seen)
    widths, sources, made = Counter[int](), Counter[str](), 0
    while made < count and (block := list(islice(found, _BLOCK_TEXTS))):
        vectors = embedder.embed_documents([window.text for window in block])
        fresh = _unseen(vectors, seen)[: count - made]  # of equal vectors the first text stays
        base[places[made : made + len(fresh)]] = vectors[fresh]
        made += len(fresh)
        widths.update(block[number].width for number in fresh)
        sources.update(block[number].source for number in fresh)
    if made < count or len(queries) < QUERIES:
        raise InputError(f"The documents give {made:,} texts and {len(queries)} queries. Give more, or ask for fewer texts.")
    base.flush()
    return {
        "sentences": {str(width): number for width, number in sorted(widths.items())},
        "sources": dict(sources.most_common()),
        "query sentences": {str(width): number for width, number in sorted(Counter(query.width for query in queries).items())},
        "query sources": dict(Counter(query.source for query in queries).most_common()),
    }


def _unseen(vectors: Vectors, seen: set[bytes]) -> list[int]:
    """The vectors that are equal to none in ``seen``, which takes them up, nor to one before; as half precision tells them."""
    fresh = []
    for number, row in enumerate(vectors.astype(np.float16)):
        key = blake2b(row, digest_size=12).digest()
        if key not in seen:
            seen.add(key)
            fresh.append(number)
    return fresh


def _queries(held_out: list[Sentences], kept: Iterable[Sentences]) -> Iterator[Window]:
    """One window of 1 to 6 sentences of each document, by chance, when none of them is a sentence of ``kept``."""
    known = {digest(normal) for document in kept for normal in document.normal}
    chance = np.random.default_rng(_SEED)
    number = 0
    for document in held_out:
        width = 1 + number % WIDTHS
        if len(document.texts) < width:
            continue
        start = int(chance.integers(len(document.texts) - width + 1))
        if not any(digest(normal) in known for normal in document.normal[start : start + width]):
            number += 1
            yield Window(document.source, width, " ".join(document.texts[start : start + width]))
