"""Looks a collection over, file by file and row by row, and mends what can be made again from the catalog.

The catalog is the truth: where it is damaged only a backup helps. Everything else is a cache of it, and is made anew. What only
costs space (left-over files, vectors that no chunk has) is removed.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from indexes.catalog.records import document_checksum, embed_hash
from indexes.generations import GenerationStore
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.lock import WriteLock
from indexes.maintenance.leftovers import leftovers, remove_leftovers
from indexes.places import LEXICAL
from indexes.spaces import MIGRATION_LOCK, space_in_use, spaces_on_disk, unfinished, use_space
from indexes.store import CollectionStore, WriteSession
from ingestion.embedded import joined_text
from ragline.errors import (
    CollectionLockedError,
    CorruptIndexError,
    IncompatibleError,
    MissingExtra,
    RaglineError,
    StorageError,
)

_SHOWN = 5
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. ``problem`` is empty where all is well; ``repair`` says what was done, or what to do.

    Where all is well, ``repair`` may say what can be done.
    """

    check: str
    problem: str = ""
    repair: str = ""
    is_repaired: bool = False

    @property
    def ok(self) -> bool:
        return not self.problem or self.is_repaired


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Every check that was made, in order."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)


class Doctor:
    """Examines the collection in the folder ``home``, in the space that is in use; with a session it also repairs."""

    def __init__(self, home: Path, store: CollectionStore, dim: int, session: WriteSession | None = None) -> None:
        self._home = home
        self._folder = store.folder
        self._store = store
        self._dim = dim
        self._session = session

    def examine(self) -> DoctorReport:
        """Make every check; of a catalog that cannot be trusted nothing is made anew, nor looked at any further."""
        catalog = self._catalog()
        if catalog.problem:
            return DoctorReport((catalog,))
        checks: tuple[Callable[[], Finding], ...] = (
            self._documents,
            self._chunks,
            self._vectors,
            self._orphans,
            self._lexical,
            self._generations,
            self._counts,
            self._leftovers,
            self._spaces,
        )
        return DoctorReport((catalog, *(check() for check in checks)))

    def _catalog(self) -> Finding:
        problems = self._store.catalog.read(_broken_pages)
        return Finding("catalog", _listed(problems), "restore it from a backup: ragline restore" if problems else "")

    def _documents(self) -> Finding:
        wrong = self._store.catalog.read(lambda connection: list(_altered_documents(connection)))
        return _to_ingest_again("documents", f"altered since they were written: {_listed(wrong)}" if wrong else "")

    def _chunks(self) -> Finding:
        """Law: what a chunk says is what stands at its place in the document, and what was embedded."""
        wrong = self._store.catalog.read(lambda connection: list(_altered_chunks(connection)))
        return _to_ingest_again(
            "chunks", f"not the text at their place, or not what was embedded: {_listed(wrong)}" if wrong else ""
        )

    def _vectors(self) -> Finding:
        wrong = self._store.catalog.read(lambda connection: list(_altered_vectors(connection, self._dim)))
        return _to_ingest_again("vectors", f"altered, or of another size than {self._dim}: {_listed(wrong)}" if wrong else "")

    def _orphans(self) -> Finding:
        count = self._store.catalog.read(lambda connection: int(connection.execute(_ORPHANS).fetchone()[0]))
        if not count:
            return Finding("unused vectors")
        if self._session is not None:
            self._session.catalog.write(_remove_orphans)
        return self._mended("unused vectors", f"{count} vectors belong to no chunk", "removed")

    def _lexical(self) -> Finding:
        try:
            index = TantivyIndex.open(self._folder / LEXICAL, analyser=self._store.analyser)
            problem = "" if index.sequence == self._store.catalog.sequence() else f"it is at change {index.sequence}"
            count = self._store.catalog.counts().chunks
            if not problem and index.searcher().count != count:
                problem = f"it holds {index.searcher().count} chunks, the catalog {count}"
        except (CorruptIndexError, IncompatibleError) as error:
            problem = str(error)
        if problem and self._session is not None:
            self._session.rebuild_lexical()
        return self._mended("lexical index", problem, "made anew from the catalog")

    def _generations(self) -> Finding:
        problems = [f"generation {number}: {reason}" for number, reason in _unusable(self._store.generations)]
        if problems and self._session is not None:
            # The view in service may have been told already that it is broken, and do without it.
            before = self._store.snapshot().generation
            kind = _kind_in_use(self._store.generations)
            self._session.drop_generation()
            self._store.generations.prune(keep=1)
            if self._store.snapshot().live_count:
                tuned = None if before is None or before.index.kind != kind else before.tuned
                try:
                    self._session.rebuild(kind=kind, tuned=tuned or None)
                except RaglineError as error:
                    return self._mended("vector index", _listed(problems), f"removed; searches are exact, as {error}")
        return self._mended("vector index", _listed(problems), "built anew from the catalog")

    def _counts(self) -> Finding:
        snapshot, counts = self._store.snapshot(), self._store.catalog.counts()
        problem = ""
        if snapshot.live_count != counts.chunks:
            problem = f"{snapshot.live_count} chunks can be found by their vectors, the catalog holds {counts.chunks}"
        return Finding(
            "counts", problem, "open the collection again, which brings the indexes up to the catalog" if problem else ""
        )

    def _leftovers(self) -> Finding:
        found = sorted(str(path.relative_to(self._home)) for path in leftovers(self._home, self._folder))
        if found and self._session is not None:
            self._store.generations.prune()
            remove_leftovers(self._home, self._folder)
        return self._mended("left-over files", _listed(found), "removed")

    def _spaces(self) -> Finding:
        """A space in the making that nobody works on is no damage: it costs space, and is worth its work."""
        in_use = space_in_use(self._home)
        if in_use.previous is not None and in_use.previous not in spaces_on_disk(self._home):
            if self._session is not None:
                use_space(self._home, in_use.number, previous=None)
            return self._mended("spaces", f"space {in_use.previous}, to go back to, is not there", "no longer named")
        making = unfinished(self._home)
        if not making or _is_migrating(self._home):
            return Finding("spaces")
        names = ", ".join(f"space {number}" for number in making)
        return Finding(
            "spaces", repair=f"{names} is unfinished: go on by the same ragline migrate, or remove it: ragline purge"
        )

    def _mended(self, check: str, problem: str, what: str) -> Finding:
        if not problem:
            return Finding(check)
        if self._session is None:
            return Finding(check, problem, "run: ragline doctor --repair")
        return Finding(check, problem, what, is_repaired=True)


_ORPHANS = "SELECT count(*) FROM vectors v WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE vector_no = v.vector_no)"
_REMOVE_ORPHANS = "DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.vector_no = vectors.vector_no)"


def _remove_orphans(connection: sqlite3.Connection) -> None:
    connection.execute(_REMOVE_ORPHANS)


def _is_migrating(home: Path) -> bool:
    try:
        with WriteLock(home / MIGRATION_LOCK, wait_s=0).hold():
            return False
    except (CollectionLockedError, StorageError):
        return True


def _to_ingest_again(check: str, problem: str) -> Finding:
    return Finding(check, problem, "restore a backup, or delete these documents and ingest them again" if problem else "")


def _broken_pages(connection: sqlite3.Connection) -> list[str]:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    return found + [f"a row of {row[0]} refers to nothing" for row in connection.execute("PRAGMA foreign_key_check")]


def _altered_documents(connection: sqlite3.Connection) -> Iterator[str]:
    query = "SELECT checksum, doc_id, source, title, text, metadata, acl, language FROM documents WHERE checksum IS NOT NULL"
    for checksum, *fields in connection.execute(query):
        if document_checksum(*fields) != checksum:
            yield str(fields[0])


def _altered_chunks(connection: sqlite3.Connection) -> Iterator[str]:
    query = (
        "SELECT doc_no, doc_id, chunk_id, start_char, end_char, context, c.text, embed_hash "
        "FROM chunks c JOIN documents d USING (doc_no) JOIN vectors USING (vector_no) ORDER BY doc_no"
    )
    known, document = None, ""
    for doc_no, doc_id, chunk_id, start, end, context, text, key in connection.execute(query):
        if doc_no != known:  # once a document: with every chunk, the time would grow with the square of its length
            known, (document,) = doc_no, connection.execute("SELECT text FROM documents WHERE doc_no = ?", (doc_no,)).fetchone()
        if document[start:end] != text or embed_hash(joined_text(context, text)) != key:
            yield f"{chunk_id} of {doc_id}"


def _altered_vectors(connection: sqlite3.Connection, dim: int) -> Iterator[str]:
    for number, data, checksum in connection.execute("SELECT vector_no, vector, checksum FROM vectors"):
        is_whole = isinstance(data, bytes) and len(data) == dim * _FLOAT_BYTES
        if not is_whole or (checksum is not None and crc32(data) != checksum):
            yield f"vector {number}"


def _kind_in_use(generations: GenerationStore) -> str:
    """The kind that the manifest in use names, else that of the newest which can be read."""
    try:
        numbers = [generations.current()]
    except CorruptIndexError:
        numbers = []
    for number in (*numbers, *reversed(generations.numbers())):
        with suppress(CorruptIndexError):
            return generations.manifest(number).kind
    return "auto"


def _unusable(generations: GenerationStore) -> Iterator[tuple[int, str]]:
    try:
        current = generations.current()
    except CorruptIndexError as error:
        yield 0, str(error)
        return
    numbers = generations.numbers()
    if current and current not in numbers:
        yield current, "it is in use, and is not there"
    for number in numbers:
        try:
            generations.load(number)
        except (CorruptIndexError, IncompatibleError, MissingExtra) as error:
            yield number, str(error)


def _listed(problems: list[str]) -> str:
    shown = "; ".join(problems[:_SHOWN])
    return f"{shown} and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else shown
