"""Gives back space, and forgets: every file of a collection is written anew without what nobody can find any more.

A deleted document is out of sight at once, but its text stays where it was: in versions that a rollback may bring back, in free
pages of the catalog, in segments of the lexical index, in rows of older generations. Compacting removes all of it but the kept
versions; purging removes these too. Every step leaves a collection that opens, so one that was cut off is done again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from indexes.lock import WriteLock
from indexes.maintenance.leftovers import remove_leftovers
from indexes.spaces import MIGRATION_LOCK, forget_spaces
from indexes.store import CollectionStore, WriteSession
from ragline.durable import folder_size
from ragline.errors import CollectionLockedError, IncompatibleError, InputError, MissingExtra

_BUSY_SPACE = "another process builds an index in a former space, which may hold what is out of sight; run the same again"


@dataclass(frozen=True, slots=True)
class CompactionReport:
    """What was given back.

    ``documents`` were deleted by it, ``absent`` are ids of which there was none, ``versions`` were forgotten. ``warnings`` is
    not empty when something is still on the disk, because another process has it open, or could not be built anew.
    """

    documents: tuple[str, ...]
    versions: int
    bytes_before: int
    bytes_after: int
    warnings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def compact(store: CollectionStore, session: WriteSession, home: Path, *, keep_runs: int) -> CompactionReport:
    """Write everything anew without what is out of sight, but for the versions that the last ``keep_runs`` runs replaced.

    ``home`` is the collection's folder. Spaces that are no longer in use go; one in the making stays.
    """
    report = _compact(store, session, home, keep_runs=keep_runs, doc_ids=())
    warnings = () if forget_spaces(home, with_unfinished=False) else (_BUSY_SPACE,)
    return replace(report, warnings=report.warnings + warnings, bytes_after=folder_size(home))


def purge(store: CollectionStore, session: WriteSession, home: Path, doc_ids: Iterable[str]) -> CompactionReport:
    """Delete documents, and forget all that is out of sight: no rollback brings it back, no file holds it any more.

    Every space but the one in use goes, one in the making too, unless a migration is at work on it, which is a warning.
    """
    report = _compact(store, session, home, keep_runs=0, doc_ids=doc_ids)
    warnings = report.warnings + _forget_all_spaces(home)
    return replace(report, warnings=warnings, bytes_after=folder_size(home))


def _forget_all_spaces(home: Path) -> tuple[str, ...]:
    try:
        with WriteLock(home / MIGRATION_LOCK, wait_s=0).hold():
            return () if forget_spaces(home, with_unfinished=True) else (_BUSY_SPACE,)
    except CollectionLockedError:
        forget_spaces(home, with_unfinished=False)
        return ("a migration is at work, and may hold what was purged; purge again when it has ended",)


def _compact(
    store: CollectionStore, session: WriteSession, home: Path, *, keep_runs: int, doc_ids: Iterable[str]
) -> CompactionReport:
    with store.rebuilds.alone():
        return _compact_alone(store, session, home, keep_runs=keep_runs, doc_ids=doc_ids)


def _compact_alone(
    store: CollectionStore, session: WriteSession, home: Path, *, keep_runs: int, doc_ids: Iterable[str]
) -> CompactionReport:
    store.adopt()  # a build may have come into use just before it was ended
    before = folder_size(home)
    wanted = tuple(dict.fromkeys(doc_ids))
    removed = tuple(doc_id for doc_id in wanted if session.catalog.remove_document(doc_id) is not None)
    session.publish()
    versions = session.catalog.reclaim(store.catalog.sequence(), keep_runs=keep_runs) + len(removed)
    session.rebuild_lexical()
    warnings = _rebuild_vectors(store, session)
    remove_leftovers(home, store.folder)
    if not session.catalog.vacuum():
        warnings.append("another process still reads the catalog as it was; run the same again when it has ended")
    absent = tuple(doc_id for doc_id in wanted if doc_id not in removed)
    return CompactionReport(removed, versions, before, folder_size(home), tuple(warnings), absent)


def _rebuild_vectors(store: CollectionStore, session: WriteSession) -> list[str]:
    """A generation without rows of the past, in the place of all there are; where it is refused, exact search does without."""
    generation = store.snapshot().generation
    warnings = []
    try:
        if generation is not None:
            session.rebuild(kind=generation.index.kind)
    except (IncompatibleError, InputError, MissingExtra) as error:  # an InputError is about the golden set
        warnings.append(f"{error} Until then every chunk is compared")
        generation = None
    if generation is None:  # there may be one that cannot be loaded here
        session.drop_generation()
    store.generations.prune(keep=1)
    return warnings
