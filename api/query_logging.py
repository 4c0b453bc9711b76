"""The query log of a collection: what is written to it, what users say of answers, and golden sets made from it."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.arguments import path_text
from api.serving import Serving, on_one_space
from ragline.errors import InputError, RaglineError
from ragline.types import Answer, Hit, Principal

if TYPE_CHECKING:
    from eval.log_export import ExportReport
    from indexes.query_log import LogRow, QueryLog, Verdict
    from ragline.settings import Settings

logger = logging.getLogger(__name__)


class QueryLogging:
    """What remembers questions, where the owner has opted in; a part of :class:`ragline.Collection`."""

    folder: Path
    settings: Settings
    _serving: Serving
    _lost = 0

    @cached_property
    def _log(self) -> QueryLog:
        from indexes.query_log import QueryLog

        return QueryLog(self.folder, max_days=self.settings.query_log_days, max_rows=self.settings.query_log_rows)

    @cached_property
    def _silence(self) -> threading.local:
        return threading.local()

    @contextmanager
    def unlogged(self) -> Iterator[None]:
        """Inside, this thread's questions are not logged: they are an evaluation's, or a part of another one."""
        before = getattr(self._silence, "depth", 0)
        self._silence.depth = before + 1
        try:
            yield
        finally:
            self._silence.depth = before

    @property
    def _logs(self) -> bool:
        return self.settings.query_log == "on" and not getattr(self._silence, "depth", 0)

    @on_one_space
    def log(self, *, limit: int | None = None) -> list[LogRow]:
        """The newest ``limit`` rows of the query log (``None`` = all), oldest first; empty where nothing was logged.

        It is for the owner of the collection: rows of all principals. An answer that was drawn from a document that is deleted
        since is withheld.
        """
        from indexes.query_log import withheld

        rows = self._log.rows(limit=limit)
        known = set(self._serving.space().store.catalog.document_ids())
        return [row if all(passage.doc_id in known for passage in row.passages) else withheld(row) for row in rows]

    def feedback(self, answer: Answer | str, verdict: Verdict, *, note: str = "") -> None:
        """Record a thumbs up or down (``"up"``, ``"down"``) for an answer, or for a row of the log by its id.

        Raises :class:`ragline.errors.InputError` for another verdict, for an answer that was not logged and an unknown id.
        """
        log_id = answer.log_id if isinstance(answer, Answer) else answer
        if not log_id:
            raise InputError("This answer is not in the query log. Open the collection with query_log='on', and ask again.")
        self._log.judge(log_id, verdict, note)

    def export_log(self, path: str | os.PathLike[str]) -> ExportReport:
        """Write the logged questions as golden sets: those with a thumbs up to ``path``, the others beside it, to be labelled.

        See :func:`eval.log_export.export_log`. Raises :class:`ragline.errors.InputError` where a file of either name exists.
        """
        from eval.log_export import export_log

        return export_log(self.log(), Path(path_text(path)))

    def _log_search(self, query: str, hits: Sequence[Hit], principal: Principal | None, started: float, **details: Any) -> None:
        if self._logs:
            self._write(query, hits, None, principal, started, details)

    def _logged(self, answer: Answer, principal: Principal | None, started: float, details: Mapping[str, Any]) -> Answer:
        """``answer`` with the id of its row, where it could be written."""
        if not self._logs:
            return answer
        return replace(answer, log_id=self._write(answer.query, answer.hits, answer, principal, started, details))

    def _write(
        self,
        query: str,
        hits: Sequence[Hit],
        answer: Answer | None,
        principal: Principal | None,
        started: float,
        details: Mapping[str, Any],
    ) -> str:
        """The id of the new row; empty where the disk refuses: a question is answered all the same."""
        from indexes.query_log import LogRow, Passage, new_log_id

        cited = frozenset(citation.chunk_id for citation in answer.citations) if answer is not None else frozenset[str]()
        told = {**details, "ms": round((time.perf_counter() - started) * 1000, 3)}
        if answer is not None:
            told |= {"model": answer.usage.model, "prompt_id": answer.prompt_id, "cached": answer.cached}
        row = LogRow(
            log_id=new_log_id(),
            asked_at=time.time(),
            query=query,
            passages=tuple(Passage(hit.doc_id, hit.chunk.id, hit.rank, hit.score, hit.chunk.id in cited) for hit in hits),
            principal=None if principal is None else principal.id,
            answer=None if answer is None else answer.text,
            abstained=None if answer is None else answer.abstained,
            details=told,
            around=() if answer is None else self._around(hits),
        )
        try:
            self._log.add(row)
        except RaglineError as error:
            self._lost += 1
            logger.warning("a row of the query log is lost: %s", error)
            return ""
        return row.log_id

    def _around(self, hits: Sequence[Hit]) -> tuple[tuple[str, str], ...]:
        """The chunks beside the hits in the passages of an answer, where these were widened."""
        if self.settings.context_expansion == "none":
            return ()
        catalog = self._serving.space().store.catalog
        spans = [(hit.chunk, chunk) for hit in hits for chunk in catalog.document_chunks(hit.doc_id)]
        found = [(each.doc_id, each.id) for wide, each in spans if each.start < wide.end and wide.start < each.end]
        return tuple(dict.fromkeys(found))

    def _log_counts(self) -> dict[str, int | None] | None:
        """``rows`` is ``None`` where the file cannot be read: that must not keep anybody from the other figures."""
        if self.settings.query_log == "off":
            return None
        try:
            return {"rows": self._log.count(), "lost": self._lost}
        except RaglineError:
            return {"rows": None, "lost": self._lost}
