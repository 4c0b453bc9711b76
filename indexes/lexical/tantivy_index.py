"""A lexical index on disk, by tantivy: incremental, memory-mapped, one writer and any number of readers.

Every commit is a folder of its own (a "view", see :mod:`indexes.lexical.manifest`) whose files are linked from the view
before, since tantivy never changes a file once written. So a reader in any process gets exactly the state of one sequence
number, merges cannot move under it, and a writer that dies leaves the last commit as it was. Merging ends inside the commit:
equal histories give equal indexes and equal scores.
"""

import contextlib
import dataclasses
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from indexes.lexical import tantivy_view
from indexes.lexical.ahead import Ahead
from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry
from indexes.lexical.manifest import FILE_NAME, FileDigest, LexicalManifest
from indexes.lexical.tantivy_searcher import TantivySearcher
from indexes.lexical.tantivy_view import CHUNK_NO, LANGUAGE, STAGE, TERMS
from ragline.durable import sync_folder
from ragline.errors import CollectionLockedError, CorruptIndexError, IncompatibleError, InputError

_LOCK = "writer.lock"


class TantivyIndex:
    """Implements :class:`indexes.lexical.base.LexicalIndex` over ``folder``. Use :meth:`create` or :meth:`open`."""

    def __init__(self, folder: Path, analyser: Analyser, manifest: LexicalManifest) -> None:
        self.folder = folder
        self._analyser = analyser
        self._manifest = manifest
        self._stamp: tuple[int, int] = (0, 0)
        self._searcher: TantivySearcher | None = None
        self._verified: dict[str, FileDigest] = {}
        self._lock: int | None = None
        self._writer: Any | None = None
        self._staged_languages: set[str] = set()
        self._max_chunk_no = -1

    @classmethod
    def create(cls, folder: Path, *, analyser: Analyser | None = None) -> "TantivyIndex":
        """An empty index at sequence 0 in a new or empty ``folder``; :class:`InputError` when one is there already."""
        analyser = analyser or Analyser()
        folder.mkdir(parents=True, exist_ok=True)
        index = cls(folder, analyser, LexicalManifest(0, 0, 0, 0, -1, analyser.fingerprint, tantivy_view.index_format()))
        with contextlib.ExitStack() as undo:
            undo.callback(index.close)
            index._hold_lock()
            if (folder / FILE_NAME).exists():
                raise InputError(f"{folder} already holds a lexical index. Open it, or remove the folder first")
            stage = index._new_stage()
            tantivy_view.create_empty(stage)
            index._publish(stage, sequence=0)
            undo.pop_all()
        return index

    @classmethod
    def open(cls, folder: Path, *, analyser: Analyser | None = None) -> "TantivyIndex":
        """The index in ``folder``, with every file verified before tantivy sees it; takes no lock until the first write.

        Raises :class:`CorruptIndexError` when anything is missing, truncated or altered, :class:`IncompatibleError` when it
        was written with another analyser or in another tantivy format.
        """
        index = cls(folder, analyser or Analyser(), LexicalManifest.read(folder))
        index.searcher()
        return index

    @property
    def sequence(self) -> int:
        """The sequence number of the last commit seen."""
        return self._manifest.sequence

    @property
    def deleted_share(self) -> float:
        """Removed entries that still take space, as a share of all. They go when their segment merges or on a rebuild."""
        return self._manifest.deleted / max(1, self._manifest.deleted + self._manifest.count)

    def add(self, entries: Iterable[LexicalEntry], *, ahead: Ahead | None = None) -> None:
        """Stage entries, replacing those with the same numbers; when iterating fails, those before it stay staged.

        Texts that are in ``ahead``, which an analyser of the same fingerprint has made, are not analysed again. Raises
        :class:`CollectionLockedError` when another writer is at work, and :class:`OSError` when the disk fails: then
        everything staged is gone.
        """
        import tantivy

        writer, known = self._open_writer(), ahead or {}
        for entry in entries:
            number = int(entry.chunk_no)
            analysed = known.get((entry.text, entry.language))
            language, terms = analysed or self._analyser.analysed(entry.text, entry.language)
            try:
                if number <= self._max_chunk_no:  # higher numbers are new: there is nothing to replace
                    writer.delete_documents_by_term(CHUNK_NO, number)
                document = tantivy.Document()  # filled like this, in half the time that it takes with keywords
                document.add_text(TERMS, terms)
                document.add_integer(CHUNK_NO, number)
                document.add_text(LANGUAGE, language)
                writer.add_document(document)
            except BaseException as error:
                self._give_up(error)
                raise
            self._max_chunk_no = max(self._max_chunk_no, number)
            self._staged_languages.add(language)

    def remove(self, chunk_nos: Sequence[int]) -> None:
        """Stage removals; unknown numbers are ignored."""
        writer = self._open_writer()
        with self._disk_errors():
            for number in chunk_nos:
                writer.delete_documents_by_term(CHUNK_NO, int(number))

    def clear(self) -> None:
        """Stage an empty index in the place of all there is: what is added now stands in files of its own."""
        self._hold_lock()
        self._drop_stage()
        with self._disk_errors():
            stage = tantivy_view.new_stage(self.folder, self.folder / self._manifest.view_name, ())
            tantivy_view.create_empty(stage)
            self._writer = tantivy_view.open_writer(stage)
        self._max_chunk_no = -1

    def commit(self, sequence: int) -> None:
        """Make everything staged durable under ``sequence``.

        When it fails (:class:`OSError`) the last commit stays as it was, and what was staged is gone.
        """
        if self._writer is None:
            self._hold_lock()
            self.searcher()
            dataclasses.replace(self._manifest, sequence=sequence).write(self.folder)
            self.searcher()
            return
        with self._disk_errors():
            self._writer.commit()
            self._writer.wait_merging_threads()
            self._writer = None
            self._publish(self.folder / STAGE, sequence=sequence)

    def searcher(self) -> TantivySearcher:
        """A view of the last commit on disk, by whichever process it was made. The same object while nothing is committed."""
        stamp = self._manifest_stamp()
        if self._searcher is not None and stamp == self._stamp:
            return self._searcher
        while True:
            manifest = LexicalManifest.read(self.folder)
            try:
                searcher = self._open_view(manifest)
            except CorruptIndexError:
                # A commit removes the view before it, after its own manifest is in place: then the manifest has changed.
                if LexicalManifest.read(self.folder).view == manifest.view:
                    raise
                continue
            self._manifest, self._searcher, self._stamp = manifest, searcher, stamp
            self._verified = dict(manifest.files)
            return searcher

    def close(self) -> None:
        """Release the writer and its lock; what was staged and not committed is gone. Searchers stay usable."""
        if self._lock is not None:
            self._drop_stage()
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _open_view(self, manifest: LexicalManifest) -> TantivySearcher:
        ours = (self._analyser.fingerprint, tantivy_view.index_format())
        if (manifest.analyser, manifest.tantivy) != ours:
            raise IncompatibleError(
                f"The lexical index in {self.folder} has the analysis rules {manifest.analyser} and the tantivy format "
                f"{manifest.tantivy}; installed are {ours[0]} and {ours[1]}. Rebuild it from the catalog"
            )
        manifest.verify(self.folder, known=self._verified)
        view = self.folder / manifest.view_name
        return TantivySearcher(view, self._analyser, sequence=manifest.sequence, languages=manifest.languages)

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._hold_lock()
            self.searcher()  # another process may have committed since this one looked
            with self._disk_errors():
                self._writer = tantivy_view.open_writer(self._new_stage())
            self._max_chunk_no = self._manifest.max_chunk_no
        return self._writer

    def _hold_lock(self) -> None:
        if self._lock is not None:
            return
        handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            message = f"Another writer is at work on {self.folder}. Wait for it to end, or close the collection there"
            raise CollectionLockedError(message) from error
        self._lock = handle

    def _new_stage(self) -> Path:
        current = self._manifest
        return tantivy_view.new_stage(self.folder, self.folder / current.view_name, current.files)

    def _publish(self, stage: Path, *, sequence: int) -> None:
        """Turn the stage into the next view and make it the current one."""
        previous, number = self._manifest, self._manifest.view + 1
        files = tantivy_view.digests(stage, self._verified)
        view = stage.rename(self.folder / f"view-{number:08d}")
        sync_folder(view)
        sync_folder(self.folder)
        candidates = sorted(self._staged_languages | set(previous.languages))
        searcher = TantivySearcher(view, self._analyser, sequence=sequence, languages=candidates)
        manifest = LexicalManifest(
            sequence=sequence,
            view=number,
            count=searcher.count,
            deleted=tantivy_view.deleted_count(view),
            max_chunk_no=self._max_chunk_no,
            analyser=self._analyser.fingerprint,
            tantivy=tantivy_view.index_format(),
            languages=searcher.languages,
            files=files,
        )
        manifest.write(self.folder)
        self._manifest, self._searcher, self._stamp = manifest, searcher, self._manifest_stamp()
        self._verified = files
        self._staged_languages.clear()
        shutil.rmtree(self.folder / previous.view_name, ignore_errors=True)

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        """Drop what was staged; tantivy reports a full disk as a ValueError, which is raised as an OSError."""
        self._drop_stage()
        if tantivy_view.raised_by_tantivy(error) and not isinstance(error, OSError):
            message = f"The lexical index in {self.folder} cannot be written ({error}). Check the disk and run again"
            raise OSError(message) from error

    def _drop_stage(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(ValueError, RuntimeError):  # it may have failed already; only its threads matter here
                writer.wait_merging_threads()
        shutil.rmtree(self.folder / STAGE, ignore_errors=True)
        self._staged_languages.clear()

    def _manifest_stamp(self) -> tuple[int, int]:
        try:
            status = (self.folder / FILE_NAME).stat()
        except OSError as error:
            message = f"There is no lexical index in {self.folder}. Rebuild it from the catalog"
            raise CorruptIndexError(message) from error
        return status.st_ino, status.st_mtime_ns
