"""Backups of a collection that goes on serving and being written, and collections from backups.

A backup is a folder with the catalog in one state, the generation of the vector index that was in use, and a manifest with
the sha256 of every file; the lexical index is made from the catalog when a collection is restored. Both ways end with one
rename: a folder with the name that was asked for is whole.
"""

import json
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from indexes.catalog.reader import CatalogReader
from indexes.creation import is_collection, stored_analysis
from indexes.disk import catalog_errors, path_errors, storage_errors
from indexes.generations import GenerationStore
from indexes.lexical.analyser import Analyser
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.places import CATALOG, GENERATIONS, LEXICAL
from ragline.durable import TEMPORARY_SUFFIX, sha256_file, sync_file, sync_folder, write_json
from ragline.errors import CollectionNotFoundError, CorruptIndexError, IncompatibleError, InputError, MissingExtra

MANIFEST = "backup.json"
FORMAT = 1
_PAGES_PER_STEP = 4096
_ATTEMPTS = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup: the change it stands at, what it holds, and when it was made (seconds since 1970)."""

    path: str
    sequence: int
    documents: int
    chunks: int
    bytes: int
    created_at: float


def backup(home: Path, folder: Path, generations: GenerationStore, target: Path) -> BackupReport:
    """Copy the collection in ``home``, as it is at one moment in its space in ``folder``, to the new folder ``target``.

    Raises :class:`InputError` when ``target`` exists or is inside the collection, :class:`ragline.errors.StorageError` when the
    disk refuses; then nothing of it is left behind.
    """
    with path_errors(target):
        if target.resolve().is_relative_to(home.resolve()):  # a purge of the collection would leave it there
            raise InputError(f"{target} is inside the collection {home}. Choose a folder outside it.")
    with _new_folder(target) as building, storage_errors(target):
        sequence, documents, chunks = _copy_catalog(folder / CATALOG, building / CATALOG)
        _copy_generation(folder, generations, building, sequence)
        files = {str(path.relative_to(building)): (path.stat().st_size, sha256_file(path)) for path in _files(building)}
        report = BackupReport(str(target), sequence, documents, chunks, sum(size for size, _ in files.values()), time.time())
        write_json(building / MANIFEST, {**asdict(report), "format": FORMAT, "files": files})
    return report


def restore(source: Path, target: Path) -> BackupReport:
    """Make the new folder ``target`` a collection, from a backup.

    Raises :class:`CollectionNotFoundError` where ``source`` is no backup, :class:`CorruptIndexError` when a file of it is
    missing or altered, :class:`InputError` when ``target`` exists, :class:`ragline.errors.StorageError` when the disk refuses.
    """
    report, files = _read_manifest(source)
    with _new_folder(target) as building, storage_errors(target):
        for name, (size, digest) in files.items():
            place = building / name
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(source / name, place)
            except FileNotFoundError:
                raise _damaged(source / name) from None
            if place.stat().st_size != size or sha256_file(place) != digest:
                raise _damaged(source / name)
            sync_file(place)
        _make_lexical_index(building)
    return report


def _make_lexical_index(folder: Path) -> None:
    with closing(CatalogReader(folder / CATALOG)) as catalog:
        analyser, sequence = Analyser(stored_analysis(catalog)), catalog.sequence()
        with TantivyIndex.create(folder / LEXICAL, analyser=analyser) as index:
            index.add(catalog.lexical_entries(0, sequence))
            index.commit(sequence)


def _copy_catalog(source: Path, target: Path) -> tuple[int, int, int]:
    """Copy the catalog in one state, while others read and write it; its sequence number, documents and chunks."""
    with catalog_errors(source), closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as reading:
        reading.execute("BEGIN")
        (value,) = reading.execute("SELECT value FROM settings WHERE key = 'sequence'").fetchone()  # pins this state
        documents = reading.execute("SELECT count(*) FROM documents WHERE removed_seq IS NULL").fetchone()[0]
        chunks = reading.execute(
            "SELECT count(*) FROM chunks JOIN documents USING (doc_no) WHERE removed_seq IS NULL AND NOT quarantined"
        )
        with closing(sqlite3.connect(target)) as writing:
            reading.backup(writing, pages=_PAGES_PER_STEP)
            return int(value), documents, chunks.fetchone()[0]


def _copy_generation(folder: Path, generations: GenerationStore, building: Path, sequence: int) -> None:
    """Copy the generation in use, with its pointer, unless it is ahead of the catalog's copy. It never changes once written.

    It may be removed meanwhile, when others come into use. One that cannot be read is not copied: it is a cache.
    """
    for _ in range(_ATTEMPTS):
        number = 0
        try:
            number = generations.current()
            _copy_one(folder, generations, building, number, sequence)
        except (OSError, CorruptIndexError, IncompatibleError, MissingExtra) as error:
            shutil.rmtree(building / GENERATIONS, ignore_errors=True)
            if number and number not in generations.numbers():
                continue
            if isinstance(error, OSError):
                raise
            logger.warning("%s: the backup has no vector index; a restored collection does without (%s)", folder, error)
        return


def _copy_one(folder: Path, generations: GenerationStore, building: Path, number: int, sequence: int) -> None:
    if number == 0 or generations.load(number).generation.sequence > sequence:
        return
    name = f"{number:06d}"
    shutil.copytree(folder / GENERATIONS / name, building / GENERATIONS / name)
    shutil.copyfile(generations.pointer, building / GENERATIONS / generations.pointer.name)
    pointed = json.loads((building / GENERATIONS / generations.pointer.name).read_bytes())["generation"]
    if pointed != number:  # another one came into use meanwhile
        write_json(building / GENERATIONS / generations.pointer.name, {"generation": number})


def _files(folder: Path) -> list[Path]:
    found = sorted(Path(place, name) for place, _, names in os.walk(folder) for name in names)
    for path in found:
        sync_file(path)
    return found


def _read_manifest(source: Path) -> tuple[BackupReport, dict[str, tuple[int, str]]]:
    path = source / MANIFEST
    with path_errors(source):
        if not path.is_file():
            hint = " It is a collection: open it as it is." if is_collection(source) else ""
            raise CollectionNotFoundError(f"{source} is no backup: it has no {MANIFEST}.{hint or ' Choose the folder of one.'}")
    try:
        content = json.loads(path.read_bytes())
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in content.pop("files").items()}
        if content.pop("format") != FORMAT or any(Path(name).is_absolute() or ".." in Path(name).parts for name in files):
            raise CorruptIndexError(f"{path} is of another format. Restore it with the release that made it.")
        return BackupReport(**content), files
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorruptIndexError(f"{path} cannot be read ({type(error).__name__}). Use another backup.") from error


def _damaged(path: Path) -> CorruptIndexError:
    return CorruptIndexError(f"{path} is missing or differs from what was backed up. Use another backup.")


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside ``target`` that takes its name when all goes well, and goes when anything fails."""
    with path_errors(target):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise InputError(f"{target} exists. Choose a new folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
        building = target.with_name(f".{target.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
    try:
        yield building
        with storage_errors(target):
            for place, _, _ in os.walk(building):
                sync_folder(Path(place))
            building.replace(target)  # an empty folder gives way
            sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
