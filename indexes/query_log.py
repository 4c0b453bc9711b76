"""What was asked of a collection and what came of it: an SQLite file of its own beside the catalog, for those who opted in.

Readers do not write to the catalog; here many processes may append at once. Rows hold questions and answers, and of the hits
their ids only, never their text. A purge takes out every answer that was drawn from a passage that is there no more.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from indexes.disk import primary_code
from ragline.errors import CorruptIndexError, IncompatibleError, InputError, StorageError

FILE = "query-log.sqlite"
WITHHELD = "(removed: a passage that this answer was drawn from is there no more)"
"""In the place of an answer that a purge took out, or that a deleted document was part of."""

DRAWN = ("reason", "standalone")
"""Details that may hold words of a document: why there is no answer, and what a follow-up took from the answer before."""

Verdict = Literal["up", "down"]
VERDICTS: tuple[Verdict, ...] = ("up", "down")

_VERSION = 1
_BUSY_S = 5.0
_SCHEMA = """
CREATE TABLE queries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    log_id TEXT NOT NULL UNIQUE,
    asked_at REAL NOT NULL,
    query TEXT NOT NULL,
    principal TEXT,
    details TEXT NOT NULL,
    answer TEXT,
    abstained INTEGER,
    verdict TEXT,
    note TEXT NOT NULL DEFAULT '',
    judged_at REAL
);
CREATE INDEX queries_asked ON queries (asked_at);
CREATE TABLE passages (
    number INTEGER NOT NULL REFERENCES queries ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    doc_id TEXT NOT NULL,
    chunk_id TEXT NOT NULL,
    score REAL NOT NULL,
    cited INTEGER NOT NULL,
    PRIMARY KEY (number, rank)
) WITHOUT ROWID;
CREATE INDEX passages_document ON passages (doc_id);
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit by its ids; ``cited`` says that the answer points to it."""

    doc_id: str
    chunk_id: str
    rank: int
    score: float
    cited: bool = False


@dataclass(frozen=True, slots=True)
class LogRow:
    """A question, and what came of it.

    ``answer`` is ``None`` for a search. ``asked_at`` is in seconds since 1970. ``details`` are JSON values: filters, mode, k,
    model, prompt id, milliseconds, reason, a follow-up as it was understood. ``principal`` is the id of who asked.
    ``verdict`` and ``note`` came later, from a user. ``around`` are documents and chunks, by their ids, that passages were
    widened by: a purge goes by them, and they are not read back.
    """

    log_id: str
    asked_at: float
    query: str
    passages: tuple[Passage, ...] = ()
    principal: str | None = None
    answer: str | None = None
    abstained: bool | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    note: str = ""
    around: tuple[tuple[str, str], ...] = ()


def withheld(row: LogRow) -> LogRow:
    """``row`` without what was drawn from its passages; of a search that is what a user noted."""
    answer = None if row.answer is None else WITHHELD
    return replace(row, answer=answer, note="", details={k: v for k, v in row.details.items() if k not in DRAWN})


@dataclass(frozen=True, slots=True)
class Purged:
    """How many ``answers`` were taken out; not ``is_complete`` while another process still reads the file as it was."""

    answers: int
    is_complete: bool


def new_log_id() -> str:
    """An id that no other row has."""
    return uuid4().hex


class QueryLog:
    """The log in a collection's folder; the file is made with its first row. Safe to use from threads and processes.

    ``max_days`` and ``max_rows`` are how long and how many rows are kept, 0 = all; older ones go when a row is added.
    """

    def __init__(self, folder: Path, *, max_days: float = 0, max_rows: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.path = folder / FILE
        self._max_days = max_days
        self._max_rows = max_rows
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def add(self, row: LogRow) -> None:
        """Append a row, in one transaction, and forget what is too old. Raises :class:`StorageError` when the disk refuses."""
        with self._writing() as run:
            cursor = run(
                "INSERT INTO queries (log_id, asked_at, query, principal, details, answer, abstained) VALUES (?,?,?,?,?,?,?)",
                (
                    row.log_id,
                    row.asked_at,
                    row.query,
                    row.principal,
                    json.dumps(dict(row.details), sort_keys=True, default=str),
                    row.answer,
                    row.abstained,
                ),
            )
            for each in row.passages:
                run(
                    "INSERT INTO passages VALUES (?,?,?,?,?,?)",
                    (cursor.lastrowid, each.rank, each.doc_id, each.chunk_id, each.score, each.cited),
                )
            for place, (doc_id, chunk_id) in enumerate(row.around, start=1):
                run("INSERT INTO passages VALUES (?,?,?,?,0,0)", (cursor.lastrowid, -place, doc_id, chunk_id))
            self._forget_old(run, cursor.lastrowid or 0)

    def judge(self, log_id: str, verdict: Verdict, note: str = "") -> None:
        """Record what a user thinks of an answer; a later verdict replaces the first.

        Raises :class:`InputError` for another verdict or an unknown id.
        """
        if verdict not in VERDICTS:
            raise InputError(f"{verdict!r} is no verdict. Give 'up' or 'down'.")
        changed = 0
        if self.path.exists():
            with self._writing() as run:
                changed = run(
                    "UPDATE queries SET verdict = ?, note = ?, judged_at = ? WHERE log_id = ?",
                    (verdict, note, self._clock(), log_id),
                ).rowcount
        if not changed:
            raise InputError(f"The query log has no row {log_id!r}. List the rows: ragline log")

    def rows(self, *, limit: int | None = None) -> list[LogRow]:
        """The newest ``limit`` rows (``None`` = all), oldest first."""
        if not self.path.exists():
            return []
        with self._reading() as run:
            found = run(
                "SELECT number, log_id, asked_at, query, principal, details, answer, abstained, verdict, note FROM queries "
                "ORDER BY number DESC LIMIT ?",
                (-1 if limit is None else limit,),
            ).fetchall()
            return [_row(values, run(_PASSAGES, (values[0],)).fetchall()) for values in reversed(found)]

    def count(self) -> int:
        """Number of rows."""
        if not self.path.exists():
            return 0
        with self._reading() as run:
            return int(run("SELECT count(*) FROM queries").fetchone()[0])

    def purge(self, live: Callable[[str], Iterable[str]]) -> Purged:
        """Take out every answer of which a passage is there no more, with its reason and the user's note, which may quote it.

        No byte of them stays in the file. Of a search the note goes, and so does one that was written after a purge.

        ``live`` gives the ids of the chunks that a document has now; none where there is no such document.
        """
        if not self.path.exists():
            return Purged(0, is_complete=True)
        with self._writing() as run:
            documents = [doc_id for (doc_id,) in run("SELECT DISTINCT doc_id FROM passages").fetchall()]
            gone: set[int] = set()
            for doc_id in documents:
                chunks = frozenset(live(doc_id))
                named = run("SELECT number, chunk_id FROM passages WHERE doc_id = ?", (doc_id,)).fetchall()
                gone.update(number for number, chunk_id in named if chunk_id not in chunks)
            taken = 0
            for number in sorted(gone):
                taken += run(
                    "UPDATE queries SET answer = ?, details = json_remove(details, ?, ?) "
                    "WHERE number = ? AND answer IS NOT NULL AND answer != ?",
                    (WITHHELD, *(f"$.{name}" for name in DRAWN), number, WITHHELD),
                ).rowcount
                run("UPDATE queries SET note = '' WHERE number = ?", (number,))
        with self._lock, self._errors():
            connection = self._connected()
            connection.execute("VACUUM")
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return Purged(taken, is_complete=not is_busy)

    def _forget_old(self, run: Callable[..., sqlite3.Cursor], newest: int) -> None:
        if self._max_days:
            run("DELETE FROM queries WHERE asked_at < ?", (self._clock() - self._max_days * 86_400,))
        if self._max_rows:
            run("DELETE FROM queries WHERE number <= ?", (newest - self._max_rows,))

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        with self._lock, self._errors():
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection.execute
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """On a connection of its own, so that a folder that may not be written can be read."""
        with self._errors():
            uri = f"{self.path.resolve().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_S)) as connection:
                yield connection.execute

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _opened(self.path)
        return self._connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = primary_code(error) if hasattr(error, "sqlite_errorcode") else None
            if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise CorruptIndexError(
                    f"The query log {self.path} is damaged ({error}). Delete it: nothing else needs it."
                ) from error
            raise StorageError(
                f"The query log {self.path} cannot be read or written ({error}). Free space, repair the permissions, or set "
                "query_log=off."
            ) from error


_PASSAGES = "SELECT doc_id, chunk_id, rank, score, cited FROM passages WHERE number = ? AND rank > 0 ORDER BY rank"


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = NORMAL")  # the last rows may be lost with the power, never the file
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise IncompatibleError(f"{path} was written by a newer release. Upgrade: pip install -U ragline")
        if not version:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    path.chmod(0o600)  # questions and answers, whoever may see which document
    return connection


def _row(values: Sequence[Any], passages: Sequence[Sequence[Any]]) -> LogRow:
    _, log_id, asked_at, query, principal, details, answer, abstained, verdict, note = values
    return LogRow(
        log_id=log_id,
        asked_at=asked_at,
        query=query,
        passages=tuple(
            Passage(doc_id, chunk_id, rank, score, bool(cited)) for doc_id, chunk_id, rank, score, cited in passages
        ),
        principal=principal,
        answer=answer,
        abstained=None if abstained is None else bool(abstained),
        details=json.loads(details),
        verdict=verdict,
        note=note,
    )
