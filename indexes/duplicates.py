"""Finds the near-duplicates of a collection: signatures of what is new, clusters of all that is live, links for the search.

Memory: some 700 bytes for each different text, and the ids of what is live. Texts are read again when two have to be compared.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from typing import Any, get_args

import numpy as np

from indexes.catalog import signatures as tables
from indexes.catalog.reader import CatalogReader
from indexes.catalog.writer import CatalogWriter
from indexes.duplicate_report import (
    DuplicateCluster,
    DuplicateMember,
    DuplicateProgress,
    DuplicateReport,
    ProgressCallback,
    Unit,
)
from ingestion.duplicates.clusters import Clusters, check_threshold, cluster
from ingestion.duplicates.jaccard import ShingleSets
from ingestion.duplicates.minhash import NONE, RECIPE, Signatures, from_bytes, signatures_of, to_bytes
from ingestion.duplicates.shingles import Shingler
from ragline.errors import InputError

BATCH = 64
"""Texts that are read, signed and stored together: documents may be large, and vectors of some 10,000 numbers are fast."""

_TABLES = {"chunk": tables.CHUNKS, "document": tables.DOCUMENTS}


@dataclass(slots=True)
class _Texts:
    """The different texts of what is live, in the order of their first item; ``items`` are all items of each."""

    numbers: list[list[int]] = field(default_factory=list)
    items: list[list["_Item"]] = field(default_factory=list)


_Item = tuple[int, str, str]
"""Its place among all items, and the ids of its document and chunk."""


class DuplicateFinder:
    """Analyses one collection. The caller holds its write lock.

    ``only`` these documents are looked at (``None`` = all of them); then nothing is linked, as links are of all documents.
    """

    def __init__(
        self,
        reader: CatalogReader,
        writer: CatalogWriter,
        progress: ProgressCallback | None = None,
        *,
        only: AbstractSet[str] | None = None,
    ) -> None:
        self._only = only
        self._reader = reader
        self._writer = writer
        self._progress = progress

    def find(self, unit: Unit, threshold: float) -> DuplicateReport:
        """Clusters of near-duplicates among the live documents or chunks, which are linked from then on.

        Raises :class:`InputError` for an unknown unit or a threshold outside [0.5, 1].
        """
        started = time.perf_counter()
        threshold = check_threshold(threshold)
        if unit not in get_args(Unit):
            raise InputError(f"Unknown unit {unit!r}; choose one of {', '.join(get_args(Unit))}.")
        own = _TABLES[unit]
        computed = self._sign(own)
        texts, rows = self._live(own)
        clusters = self._cluster(own, texts, rows, threshold)
        if self._only is None:
            self._link(own, texts, clusters, threshold)
        return DuplicateReport(
            unit=unit,
            threshold=threshold,
            items=sum(map(len, texts.items)),
            texts=len(texts.items),
            computed=computed if self._only is None else 0,  # it counts what is hidden
            clusters=_clusters(texts, clusters),
            crowded=clusters.crowded,
            seconds=time.perf_counter() - started,
        )

    def _sign(self, own: tables.UnitTables) -> int:
        """Make the signatures that are missing; returns how many."""
        self._writer.write(partial(tables.drop_other_signatures, recipe=RECIPE))
        missing = self._reader.read(partial(tables.missing_signatures, unit=own))
        shingler = Shingler()
        for start in range(0, len(missing), BATCH):
            texts = self._reader.read(partial(tables.texts, unit=own, numbers=missing[start : start + BATCH]))
            signed = signatures_of(shingler.shingle(list(texts.values())))
            rows = [
                (number, _digest(text), to_bytes(signature))
                for (number, text), signature in zip(texts.items(), signed, strict=True)
            ]
            self._writer.write(partial(tables.save_signatures, unit=own, rows=rows))
            self._report("signatures", min(start + BATCH, len(missing)), len(missing))
        return len(missing)

    def _live(self, own: tables.UnitTables) -> tuple[_Texts, Signatures]:
        """The different live texts, and the signature of each as a row."""
        stored = self._reader.read(partial(tables.stored_signatures, unit=own))
        matrix = from_bytes(stored.signatures)
        row_of = dict(zip(stored.numbers, range(len(stored.numbers)), strict=True))
        blank = set(np.flatnonzero((matrix == NONE).all(axis=1)).tolist())
        texts, rows, known = _Texts(), list[int](), dict[Any, int]()
        for item, (number, doc_id, chunk_id) in enumerate(self._reader.read(partial(tables.live_texts, unit=own))):
            if self._only is not None and doc_id not in self._only:
                continue
            row = row_of[number]
            # Documents without text are not duplicates of one another: there is nothing in them that could be equal.
            key = number if row in blank else stored.digests[row]
            place = known.setdefault(key, len(rows))
            if place == len(rows):
                rows.append(row)
                texts.numbers.append([])
                texts.items.append([])
            texts.numbers[place].append(number)
            texts.items[place].append((item, doc_id, chunk_id))
        return texts, matrix[rows]

    def _cluster(self, own: tables.UnitTables, texts: _Texts, rows: Signatures, threshold: float) -> Clusters:
        def text(place: int) -> str:
            number = texts.numbers[place][0]
            return self._reader.read(partial(tables.texts, unit=own, numbers=[number]))[number]

        return cluster(rows, ShingleSets(text), threshold, progress=lambda done: self._report("clusters", done, len(rows)))

    def _link(self, own: tables.UnitTables, texts: _Texts, clusters: Clusters, threshold: float) -> None:
        links = {
            number: texts.numbers[leader][0]
            for numbers, leader in zip(texts.numbers, clusters.leaders.tolist(), strict=True)
            for number in numbers
        }
        made_by = {"recipe": RECIPE, "threshold": threshold}
        self._writer.write(partial(tables.replace_links, unit=own, rows=links.items(), made_by=made_by))

    def _report(self, stage: Any, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(DuplicateProgress(stage, done, total))


def _clusters(texts: _Texts, clusters: Clusters) -> tuple[DuplicateCluster, ...]:
    found: defaultdict[int, list[tuple[_Item, float]]] = defaultdict(list)
    for items, leader, similarity in zip(texts.items, clusters.leaders.tolist(), clusters.similarities.tolist(), strict=True):
        found[leader] += [(item, similarity) for item in items]
    members = [
        [DuplicateMember(doc_id, chunk_id, similarity) for (_, doc_id, chunk_id), similarity in sorted(each)]
        for each in found.values()
        if len(each) > 1
    ]
    return tuple(DuplicateCluster(first, tuple(rest)) for first, *rest in sorted(members, key=len, reverse=True))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
