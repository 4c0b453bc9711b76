"""The audit log: who asked for what, and which documents were shown. Opt-in, append-only, and without document text.

A row is written before what it tells of is handed out: where none can be written, nothing is handed out either. For an answer
in pieces it is written after the last one. Refused and failed queries have rows too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from ragline.errors import AccessDeniedError
from ragline.journal import Journal, read_journal
from ragline.types import Answer, Chunk, Document, Hit, Principal
from retrieval.answers.verification import Verification
from retrieval.why_not import WhyNot

if TYPE_CHECKING:
    from ragline.settings import Settings

FOLDER = "audit"
NAME = "audit"
BY_ID = frozenset({"get", "chunks"})
"""Actions that ask for a document by its id, and not by a query."""

_MEBIBYTE = 2**20

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_recording: ContextVar[bool] = ContextVar("ragline_audit_recording", default=False)
"""Whether this is inside a call that has its row: the search of an answer is not recorded as one more."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked for, by whom (among the options), and by which action."""

    action: str
    subject: object
    options: Mapping[str, Any]


class AuditLog:
    """The log of one collection, in the folder ``audit`` of its own. ``with_text`` keeps queries as they are, not hashes."""

    def __init__(self, home: Path, *, with_text: bool, max_bytes: int) -> None:
        self._journal = Journal(home / FOLDER, NAME, max_bytes=max_bytes)
        self._with_text = with_text

    def record(self, *rows: tuple[Call, Sequence[str], str]) -> None:
        """Write rows together: of each call the documents of the passages that were shown, and what came of it."""
        self._journal.append(*(self._row(*row) for row in rows))

    def _row(self, call: Call, shown: Sequence[str], outcome: str) -> dict[str, Any]:
        who, filters = call.options.get("principal"), call.options.get("filters")
        row: dict[str, Any] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "action": call.action}
        named: dict[str, Any] = {"principal": None, "groups": [], "tenant": None}
        if isinstance(who, Principal):
            named = {"principal": who.id, "groups": sorted(who.groups), "tenant": who.tenant}
        row |= {**named, **self._subject(call)}
        if filters is not None:
            row["filters"] = filters if isinstance(filters, dict) else repr(filters)
        documents = list(dict.fromkeys(shown))
        return {**row, "documents": documents, "count": len(shown), "outcome": outcome}

    def _subject(self, call: Call) -> dict[str, Any]:
        if isinstance(call.subject, Chunk):
            return {"doc_id": call.subject.doc_id, "chunk_id": call.subject.id}
        text = _question(call)
        if call.action in BY_ID:
            return {"doc_id": text}
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return {"query_sha256": digest, **({"query": text} if self._with_text else {})}


def _question(call: Call) -> str:
    """What was asked. Of an answer that is verified its question, since its JSON holds quotes of documents."""
    subject = call.subject
    if call.action == "verify":
        found = subject.query if isinstance(subject, Answer) else subject.get("query") if isinstance(subject, Mapping) else None
        return found if isinstance(found, str) else type(subject).__name__
    return subject if isinstance(subject, str) else type(subject).__name__


def read_audit(home: Path) -> Iterator[dict[str, Any]]:
    """The rows of a collection's log, the oldest first."""
    return read_journal(home / FOLDER, NAME)


class Audited:
    """What has an audit log, where the settings ask for one; a part of :class:`ragline.Collection`."""

    folder: Path
    settings: Settings

    @cached_property
    def _audit(self) -> AuditLog | None:
        if not self.settings.audit_log:
            return None
        most = self.settings.audit_file_mb * _MEBIBYTE
        return AuditLog(self.folder, with_text=self.settings.audit_queries == "text", max_bytes=most)

    def audit(self) -> Iterator[dict[str, Any]]:
        """The rows of the audit log (the setting ``audit_log``), the oldest first.

        Each has ``time`` (UTC), ``action``, ``principal`` with ``groups`` and ``tenant``, ``query_sha256`` (and ``query`` where
        ``audit_queries`` is "text") or the ids of a chunk that was read on from, ``filters``, the ids of the ``documents``
        shown, best first, the ``count`` of passages shown, and the ``outcome``: "ok", "abstained", "denied", the name of an
        error, or the stage that :meth:`why_not` told. The log is no part of backups, and stays when documents are purged: it
        holds ids, and no text of theirs.
        """
        return read_audit(self.folder)


Owner = TypeVar("Owner", bound=Audited)


def audited(
    action: str,
) -> Callable[[Callable[Concatenate[Owner, Arguments], Result]], Callable[Concatenate[Owner, Arguments], Result]]:
    """A method whose first argument is what is asked for, and whose calls are recorded where there is a log."""

    def recording(method: Callable[Concatenate[Owner, Arguments], Result]) -> Callable[Concatenate[Owner, Arguments], Result]:
        first = list(signature(method).parameters)[1]

        @wraps(method)
        def recorded(self: Owner, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            log = self._audit
            if log is None or _recording.get():
                return method(self, *arguments, **named)
            call = Call(action, arguments[0] if arguments else named.get(first), named)
            token = _recording.set(True)
            try:
                result = method(self, *arguments, **named)
            except Exception as error:
                log.record(*((each, (), _failure(error)) for each in _each(call)))
                raise
            finally:
                _recording.reset(token)
            if isinstance(result, Iterator):
                return cast("Result", _followed(result, log, call))
            results = result if _is_batch(call) else [result]
            log.record(*((each, *_told(own, each)) for each, own in zip(_each(call), cast("Any", results), strict=True)))
            return result

        return recorded

    return recording


def _is_batch(call: Call) -> bool:
    return isinstance(call.subject, Sequence) and not isinstance(call.subject, str | bytes)


def _each(call: Call) -> list[Call]:
    """The calls that a call is: one for each of several queries."""
    return [replace(call, subject=subject) for subject in cast("Any", call.subject)] if _is_batch(call) else [call]


def _followed(pieces: Iterator[Any], log: AuditLog, call: Call) -> Iterator[Any]:
    """The pieces of an answer, and a row when they end, whichever way they do."""
    shown: Sequence[str] = ()
    outcome = "broken off"
    try:
        for piece in pieces:
            if piece.hits:  # who goes away before the end has seen what they say
                shown = [hit.doc_id for hit in piece.hits]
            if piece.done is not None:
                shown, outcome = _told(piece.done, call)
            yield piece
    except Exception as error:
        outcome = _failure(error)
        raise
    finally:
        log.record((call, shown, outcome))


def _told(result: object, call: Call) -> tuple[Sequence[str], str]:
    """The documents that a result shows, one for each passage, and the outcome."""
    if isinstance(result, Answer):
        return [hit.doc_id for hit in result.hits], "abstained" if result.abstained else "ok"
    if isinstance(result, Document):
        return [result.id], "ok"
    if isinstance(result, list):
        return [each.doc_id for each in result if isinstance(each, Hit | Chunk)], "ok"
    if isinstance(result, Verification):
        return [row.citation.doc_id for row in result.rows if row.status != "gone"], "ok"
    if isinstance(result, WhyNot):
        return ([] if result.stage == "absent" else [result.doc_id]), result.stage
    if isinstance(result, str) and result and isinstance(call.subject, Chunk):
        return [call.subject.doc_id], "ok"
    return (), "ok"


def _failure(error: Exception) -> str:
    return "denied" if isinstance(error, AccessDeniedError) else type(error).__name__
