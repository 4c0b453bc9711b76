"""Makes one space hold the documents of another, in rounds that each bring what has changed since the round before.

A version keeps its number, so a round is a comparison of two sets of numbers: what only the target has goes, what only the
source has comes. That is also how it goes on after having been killed, and how it goes back: the rows are all it remembers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from indexes.catalog import transfer
from indexes.catalog.records import DocumentVersion
from indexes.embedders.base import Embedder
from indexes.migration.bring import Bringer, Brought
from indexes.store import CollectionStore, WriteSession


@dataclass(slots=True)
class Caught:
    """What was done so far: ids of documents removed from the target and brought to it, vectors computed and taken over."""

    removed: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    embedded: int = 0
    reused: int = 0
    rounds: int = 0


class CatchUp:
    """Brings the documents of ``source`` to ``target``.

    ``new_hash`` gives the configuration hash of a version there, from the version and from how its structure was found.
    ``same_vectors`` says that a text has the same vector in both. ``progress`` is told documents done, documents in this round,
    and chunks embedded in all.
    """

    def __init__(
        self,
        source: CollectionStore,
        target: CollectionStore,
        bringer: Bringer,
        embedder: Embedder,
        *,
        new_hash: Callable[[DocumentVersion, str], str],
        same_vectors: bool,
        batch_chunks: int,
        progress: Callable[[int, int, int], None],
    ) -> None:
        self._source = source
        self._target = target
        self._bringer = bringer
        self._embedder = embedder
        self._new_hash = new_hash
        self._same_vectors = same_vectors
        self._batch_chunks = batch_chunks
        self._progress = progress
        self._runs: set[str] = set()
        self.caught = Caught()

    def pending(self) -> int:
        """How many documents differ now."""
        wanted = self._source.catalog.read(transfer.live_numbers)
        return len(wanted.keys() ^ self._target.catalog.read(transfer.live_numbers).keys())

    def round(self, session: WriteSession) -> int:
        """Bring what differs now, and publish it in the target; returns how many documents that were."""
        wanted = self._source.catalog.read(transfer.live_numbers)
        there = self._target.catalog.read(transfer.live_numbers)
        gone = sorted(there[number] for number in there.keys() - wanted.keys())
        if gone:
            session.catalog.remove_documents(gone, run_id=None)
            self.caught.removed += gone
        missing = [wanted[number] for number in sorted(wanted.keys() - there.keys())]
        if missing:
            self._bring(session, missing)
        session.publish()
        self.caught.rounds += 1
        return len(gone) + len(missing)

    def finish(self, session: WriteSession) -> None:
        """What is not a document: the log of runs, the folders that give ids, numbers not to be used again.

        The write lock of the source is held, and a round has found nothing more.
        """
        roots = list(self._source.catalog.roots().items())
        number = self._source.catalog.read(transfer.last_number)
        self._copy_runs(session)
        session.catalog.write(partial(transfer.put_roots, roots=roots))
        session.catalog.write(partial(transfer.set_last_number, number=number))
        session.catalog.sync()

    def _bring(self, session: WriteSession, doc_ids: list[str]) -> None:
        pending: list[Brought] = []
        done = texts = 0
        for brought in self._bringer.bring(self._versions(doc_ids)):
            pending.append(brought)
            texts += len(brought.texts)
            if texts >= self._batch_chunks:
                self._write(session, pending)
                done += len(pending)
                pending, texts = [], 0
                self._progress(done, len(doc_ids), self.caught.embedded)
        if pending:
            self._write(session, pending)
        self._progress(len(doc_ids), len(doc_ids), self.caught.embedded)

    def _versions(self, doc_ids: list[str]) -> Iterator[DocumentVersion]:
        """The versions as they are now; what has been deleted meanwhile is for the next round."""
        for doc_id in doc_ids:
            version = self._source.catalog.version(doc_id)
            if version is not None:
                yield version

    def _write(self, session: WriteSession, pending: list[Brought]) -> None:
        versions = [self._version(each) for each in pending]
        if not {version.origin.run_id for version in versions if version.origin is not None} <= self._runs:
            self._copy_runs(session)  # of a version that is there, the run is there too
        texts = {key: text for each in pending for key, text in each.texts.items()}
        for key in session.catalog.known_hashes(list(texts)):
            del texts[key]
        vectors = self._vectors(texts)
        noted = [
            (version.origin.doc_no, each.way)
            for version, each in zip(versions, pending, strict=True)
            if version.origin is not None
        ]
        session.catalog.write(partial(transfer.note_ways, ways=noted))
        session.catalog.replace_documents(versions, vectors, run_id=None)
        session.stage({key: terms for each in pending for key, terms in each.ahead.items()})
        self.caught.brought += [version.doc_id for version in versions]

    def _version(self, brought: Brought) -> DocumentVersion:
        return replace(brought.version, config_hash=self._new_hash(brought.version, brought.way))

    def _vectors(self, texts: dict[bytes, str]) -> dict[bytes, NDArray[np.float32]]:
        vectors: dict[bytes, NDArray[np.float32]] = {}
        if self._same_vectors:
            vectors = self._source.catalog.read(partial(transfer.vectors_of, hashes=list(texts)))
            self.caught.reused += len(vectors)
        new = {key: text for key, text in texts.items() if key not in vectors}
        if new:
            vectors |= dict(zip(new, self._embedder.embed_documents(list(new.values())), strict=True))
            self.caught.embedded += len(new)
        return vectors

    def _copy_runs(self, session: WriteSession) -> None:
        rows = self._source.catalog.read(transfer.runs)
        session.catalog.write(partial(transfer.put_runs, rows=rows))
        self._runs = {str(row[0]) for row in rows}
