"""How a collection comes to be in a folder. Every step may be cut off at any point, and is then done again by the next open.

The catalog comes first and the lexical index after it, both under the write lock: a folder in which a first open died holds the
lock, at most a catalog without a schema, and nothing else.
"""

import shutil
from contextlib import closing
from pathlib import Path

from indexes.catalog.connection import schema_version
from indexes.catalog.migrations import MIGRATIONS
from indexes.catalog.reader import CatalogReader
from indexes.catalog.writer import CatalogWriter
from indexes.disk import path_errors, storage_errors
from indexes.lexical.analyser import Analyser
from indexes.lexical.manifest import FILE_NAME, LexicalManifest
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.lock import REBUILD_LOCK, WriteLock
from indexes.places import CATALOG, GENERATIONS, LEXICAL, LOCK
from indexes.spaces import MIGRATION_LOCK, POINTER, SPACES, space_folder, space_in_use
from ragline.errors import CorruptIndexError, InputError

CONFIGURATION = "configuration"
"""The setting in a catalog that says what its space was made with, the ``analysis`` among the rest."""

_BEFORE_THE_SCHEMA = {LOCK, *(f"{CATALOG}{suffix}" for suffix in ("", "-journal", "-wal", "-shm"))}


def is_collection(folder: Path) -> bool:
    """Whether a collection was made in ``folder``; one whose making was cut off is none yet.

    Raises :class:`InputError` for what can be no folder, :class:`CorruptIndexError` for a catalog that cannot be read.
    """
    with path_errors(folder):
        catalog = _in_use(folder) / CATALOG
        return catalog.is_file() and schema_version(catalog) > 0


def prepare_store(folder: Path) -> None:
    """Make a collection in ``folder``, or go on with making it, or bring it to this release's schema.

    Takes the write lock only when there is something to do. Raises :class:`InputError` for a folder with something else in it,
    :class:`ragline.errors.CollectionLockedError` while another process is at it,
    :class:`ragline.errors.IncompatibleError` for a collection of a newer release, :class:`ragline.errors.StorageError`.
    """
    if is_collection(folder):
        if _is_complete(_in_use(folder)):
            return
    else:
        with path_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _check_is_new(folder)
    with WriteLock(folder / LOCK).hold():
        make_space(_in_use(folder))


def make_space(folder: Path, analysis: str | None = None) -> None:
    """Make an empty catalog and an empty lexical index in ``folder``, or what is missing of them; the caller holds a lock.

    ``analysis`` is that of a space that has no configuration yet, ``None`` = that in its configuration.
    """
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
        CatalogWriter(folder / CATALOG).close()
        make_lexical_index(folder, analysis)


def make_lexical_index(folder: Path, analysis: str | None = None) -> None:
    """The lexical index of :func:`make_space`. One by other rules gives way while the catalog has seen no change."""
    with storage_errors(folder), closing(CatalogReader(folder / CATALOG)) as catalog:
        analyser = Analyser(analysis or stored_analysis(catalog))
        if catalog.sequence() > 0:  # one that is lost, or was made by other rules, is made anew when the store is opened
            return
        place = folder / LEXICAL
        if (place / FILE_NAME).exists():
            if _rules_of(place) == analyser.fingerprint:
                return
            (place / FILE_NAME).unlink()  # first, so that what a kill leaves of it is no index, rather than a damaged one
            shutil.rmtree(place)
        TantivyIndex.create(place, analyser=analyser).close()


def stored_analysis(catalog: CatalogReader) -> str:
    """The analysis in the configuration of a space; that of those that were made before there was a choice."""
    return str(catalog.settings().get(CONFIGURATION, {}).get("analysis", "language"))


def _rules_of(lexical: Path) -> str:
    try:
        return LexicalManifest.read(lexical).analyser
    except CorruptIndexError:
        return ""


def _in_use(folder: Path) -> Path:
    return space_folder(folder, space_in_use(folder).number)


def _is_complete(folder: Path) -> bool:
    return schema_version(folder / CATALOG) == len(MIGRATIONS) and _has_lexical_index(folder)


def _has_lexical_index(folder: Path) -> bool:
    """Whether it was made. One that is missing although there were changes was lost, and opening rebuilds it and says so."""
    if (folder / LEXICAL / FILE_NAME).exists():
        return True
    with closing(CatalogReader(folder / CATALOG)) as reader:
        return reader.sequence() > 0


def _check_is_new(folder: Path) -> None:
    others = {path.name for path in folder.iterdir()} - _BEFORE_THE_SCHEMA
    if others and others <= {LEXICAL, GENERATIONS, POINTER, SPACES, MIGRATION_LOCK, REBUILD_LOCK}:
        raise CorruptIndexError(
            f"The catalog of the collection {folder} is missing or empty. Restore {CATALOG} from a backup, or delete the "
            f"folder and ingest."
        )
    if others:
        raise InputError(f"{folder} exists and is no collection. Choose an empty or new folder.")
