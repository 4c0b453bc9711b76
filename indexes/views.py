"""Builds snapshots from what is on disk: the lexical index's last commit, the newest usable generation, the catalog's rows."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from indexes.catalog.reader import CatalogReader
from indexes.generations import GenerationStore
from indexes.lexical.analyser import Analyser
from indexes.lexical.manifest import FILE_NAME, LexicalManifest
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.rows import RowTable
from indexes.snapshot import Generation, Snapshot
from ragline.errors import CorruptIndexError, IncompatibleError, MissingExtra


class Stamp(NamedTuple):
    """Changes whenever any process publishes a commit (``lexical``) or puts a generation in use."""

    lexical: tuple[int, int] = (0, 0)
    generation: tuple[int, int] = (0, 0)


class Views:
    """The views of one collection. ``dim`` is the length of its vectors; ``warn`` hears of generations that cannot be used."""

    def __init__(
        self,
        lexical: Path,
        catalog: CatalogReader,
        generations: GenerationStore,
        dim: int,
        warn: Callable[[str], None],
        *,
        analyser: Analyser,
    ) -> None:
        self._lexical = lexical
        self._analyser = analyser
        self._catalog = catalog
        self._generations = generations
        self._dim = dim
        self._warn = warn
        self._published_lexical = str(lexical / FILE_NAME)
        self._published_generation = str(generations.pointer)

    def stamp(self) -> Stamp:
        """What is published now."""
        return Stamp(_identity(self._published_lexical), _identity(self._published_generation))

    def published(self, known: Snapshot | None = None) -> tuple[Snapshot, Stamp]:
        """The view that was published last, by whichever process, and its stamp.

        ``known`` is an older view to go on from, whatever generation is in use by now.

        A publication ends with reclaiming the rows that it replaced. The catalog is pinned in a state from before the next
        publication, so that none of the rows of this one are missing.
        """
        while True:
            stamp = self.stamp()
            lexical = TantivyIndex.open(self._lexical, analyser=self._analyser)
            with self._catalog.pinned():
                if self.stamp() == stamp:
                    return self._followed(lexical, known), stamp

    @contextmanager
    def pinned(self) -> Iterator[int]:
        """The sequence number that was published last; what this thread reads of the catalog still holds all its rows."""
        while True:
            stamp = self.stamp()
            sequence = LexicalManifest.read(self._lexical).sequence
            with self._catalog.pinned():
                if self.stamp() == stamp:
                    yield sequence
                    return

    def at(self, lexical: TantivyIndex) -> Snapshot:
        """The view at the sequence number of a lexical index.

        Its rows must all be there still: the caller holds the write lock, or has pinned the catalog.
        """
        searcher = lexical.searcher()
        generation, rows = self._load_generation(searcher.sequence)
        start = 0 if generation is None else generation.sequence
        restricted = self._catalog.access_lists(0, start)
        return Snapshot(start, generation, rows, rows.count, None, restricted, searcher).advance(self._catalog, searcher)

    def _followed(self, lexical: TantivyIndex, known: Snapshot | None) -> Snapshot:
        if known is not None and lexical.sequence >= known.sequence:
            return known.advance(self._catalog, lexical.searcher())
        return self.at(lexical)

    def _load_generation(self, sequence: int) -> tuple[Generation | None, RowTable]:
        """The newest generation up to the one in use that can be loaded and is not ahead of ``sequence``, with its rows."""
        numbers = self._generations.numbers()
        try:
            numbers = [number for number in numbers if number <= self._generations.current()]
        except CorruptIndexError as error:
            self._warn(str(error))
        for number in reversed(numbers):
            try:
                loaded = self._generations.load(number)
            except (CorruptIndexError, IncompatibleError, MissingExtra) as error:
                if number in self._generations.numbers():  # not one that its writer has pruned meanwhile
                    self._warn(str(error))
                continue
            if loaded.generation.sequence <= sequence:
                return loaded.generation, RowTable(self._dim, loaded.rows)
        return None, RowTable(self._dim)


def _identity(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked twice by every query: there is no path to be made
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns
