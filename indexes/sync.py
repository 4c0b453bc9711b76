"""What has vanished from a folder, what has only moved, and when so much is gone that nobody can have meant it."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexes.catalog.records import DocumentState
from ingestion.description import source_hash
from ingestion.sources import Found, SkippedSource, SourceFile, load
from ragline.errors import InputError, ParseError
from ragline.reports import IngestRow

TO_BE_READ = "to be read; what comes of it shows then"
"""Said of every file that a dry run has not parsed, and of which it can only hope that it will not fail."""


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """``moves`` maps the id of a new file to the id of the vanished document with the same bytes; ``vanished`` are the others.

    ``known`` counts the documents that had come from the folders before.
    """

    moves: Mapping[str, str] = field(default_factory=dict)
    vanished: tuple[str, ...] = ()
    known: int = 0


def plan_sync(found: Sequence[object], folders: Iterable[Path], states: Mapping[str, DocumentState]) -> SyncPlan:
    """Compare what is in the folders with the documents that came from them; what is no file among ``found`` does not count.

    A file that is there and cannot be read has not vanished, nor has anything below a folder that cannot be read.
    """
    known = _below(folders, states)
    present = {each.doc_id for each in found if isinstance(each, SourceFile)}
    unread = tuple(os.fspath(each.path) for each in found if isinstance(each, SkippedSource))
    vanished = [
        doc_id
        for doc_id in known
        if doc_id not in present and not any(_is_at_or_below(states[doc_id].source, path) for path in unread)
    ]
    moves = _moves(found, vanished, states)
    return SyncPlan(moves, tuple(sorted(set(vanished) - set(moves.values()))), len(known))


def check_brake(plan: SyncPlan, limit: float) -> None:
    """Raise :class:`InputError` when a larger share than ``limit`` of the known documents would be removed."""
    if plan.known and len(plan.vanished) > limit * plan.known:
        raise InputError(
            f"{len(plan.vanished)} of {plan.known} documents have vanished from the folders, more than {limit:.0%}: nothing "
            f"was changed. Check that everything is mounted and in its place; to remove them all the same, use force "
            f"(ragline sync --force), or raise sync_max_removed."
        )


def preview_rows(
    found: Iterable[Found], plan: SyncPlan, states: Mapping[str, DocumentState], config_hash: str
) -> list[IngestRow]:
    """What would become of every file and every vanished document, as far as can be told without parsing."""
    rows = [_preview_row(each, plan, states, config_hash) for each in found]
    return rows + [IngestRow(states[doc_id].source, doc_id, "removed") for doc_id in plan.vanished]


def _preview_row(each: Found, plan: SyncPlan, states: Mapping[str, DocumentState], config_hash: str) -> IngestRow:
    if isinstance(each, SkippedSource):
        return IngestRow(str(each.path), "", "skipped", each.reason)
    name, state = str(each.path), states.get(each.doc_id)
    if each.doc_id in plan.moves:
        return IngestRow(name, each.doc_id, "moved", f"was {plan.moves[each.doc_id]}")
    if state is None:
        return IngestRow(name, each.doc_id, "added", TO_BE_READ)
    try:
        is_same = (state.content_hash, state.config_hash) == (source_hash(load(each).data, each.description), config_hash)
    except ParseError as error:
        return IngestRow(name, each.doc_id, "failed", str(error))
    return IngestRow(name, each.doc_id, "unchanged") if is_same else IngestRow(name, each.doc_id, "updated", TO_BE_READ)


def _below(folders: Iterable[Path], states: Mapping[str, DocumentState]) -> list[str]:
    """Ids of the documents that came from files in the folders.

    A document that the caller had in hand has its id as its source. Even where that is a path, no file of ours has vanished.
    """
    places = {os.fspath(form) for folder in folders for form in (folder, folder.resolve())}
    return [
        doc_id
        for doc_id, state in states.items()
        if state.source != doc_id and any(_is_at_or_below(state.source, place) for place in places)
    ]


def _is_at_or_below(source: str, place: str) -> bool:
    return source == place or source.startswith(place.rstrip(os.sep) + os.sep)


def _moves(found: Sequence[object], vanished: Sequence[str], states: Mapping[str, DocumentState]) -> dict[str, str]:
    """New files with the bytes of a vanished document; of several with the same bytes the first by id."""
    homeless: dict[str, list[str]] = {}
    for doc_id in sorted(vanished, reverse=True):
        homeless.setdefault(states[doc_id].content_hash, []).append(doc_id)
    moves: dict[str, str] = {}
    for each in found if homeless else ():
        if not isinstance(each, SourceFile) or each.doc_id in states:
            continue
        try:
            waiting = homeless.get(source_hash(load(each).data, each.description))
        except ParseError:  # its row in the report will say so
            continue
        if waiting:
            moves[each.doc_id] = waiting.pop()
    return moves
