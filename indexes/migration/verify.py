"""Proofs that a new space holds what the old one does, and that its vectors are its embedder's."""

from typing import Any

import numpy as np

from indexes.catalog import transfer
from indexes.catalog.reader import CatalogReader
from indexes.embedders.base import Embedder
from indexes.store import CollectionStore
from ingestion.embedded import joined_text
from ragline.errors import CorruptIndexError

SAMPLE = 8
"""Stored chunks that are embedded anew."""

LEAST_COSINE = 0.999

_CHECKSUM = 4
_SHOWN = 5


def check_documents(source: CatalogReader, target: CatalogReader) -> None:
    """Every live version is in both, with the same access list, the same fields, and chunks in both or in neither.

    Raises :class:`CorruptIndexError` with the ids where that is not so.
    """
    wanted, found = source.read(transfer.outlines), target.read(transfer.outlines)
    wrong = [str((wanted.get(number) or found[number])[0]) for number in sorted(wanted.keys() ^ found.keys())]
    wrong += [str(wanted[number][0]) for number in wanted.keys() & found.keys() if not _agree(wanted[number], found[number])]
    if wrong:
        shown = ", ".join(wrong[:_SHOWN]) + (f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else "")
        raise _refused(f"{len(wrong)} documents are not the same in it ({shown})")


def check_indexes(store: CollectionStore) -> None:
    """Every index agrees with the catalog on what can be found. Raises :class:`CorruptIndexError`."""
    snapshot, counts = store.snapshot(), store.catalog.counts()
    sequence = store.catalog.sequence()
    if not (snapshot.live_count == snapshot.lexical.count == counts.chunks and snapshot.sequence == sequence):
        raise _refused(
            f"its catalog holds {counts.chunks} chunks at change {sequence}, its vector index {snapshot.live_count}, its "
            f"lexical index {snapshot.lexical.count} at change {snapshot.sequence}"
        )


def check_vectors(store: CollectionStore, embedder: Embedder) -> None:
    """Some of the stored chunks, embedded anew, have the vectors that are stored. Raises :class:`CorruptIndexError`."""
    rows = store.catalog.read(lambda connection: transfer.sample_vectors(connection, SAMPLE))
    if not rows:
        return
    now = embedder.embed_documents([joined_text(context, text) for context, text, _ in rows])
    stored = np.stack([np.frombuffer(data, np.float32) for _, _, data in rows])
    lowest = float(np.einsum("ij,ij->i", now, stored).min()) if stored.shape == now.shape else 0.0
    if lowest < LEAST_COSINE:
        raise _refused(f"chunks embedded anew have other vectors than are stored (cosine {lowest:.3f})")


def _agree(wanted: tuple[Any, ...], found: tuple[Any, ...]) -> bool:
    pairs = list(zip(wanted, found, strict=True))
    is_unknown = None in pairs[_CHECKSUM]
    return all(one == other for place, (one, other) in enumerate(pairs) if place != _CHECKSUM or not is_unknown)


def _refused(reason: str) -> CorruptIndexError:
    return CorruptIndexError(
        f"The new space is not put in use, and the one before it goes on serving: {reason}. Remove it with ragline purge, and "
        f"migrate again."
    )
