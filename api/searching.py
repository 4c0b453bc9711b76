"""Searching a collection, and reading on from a hit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from api.auditing import Audited, audited
from api.query_logging import QueryLogging
from api.serving import on_one_space
from api.timing import collect
from api.tracing import Traced, traced
from ragline.errors import InputError
from ragline.types import Chunk, Hit, Principal
from retrieval.request import SearchOptions

if TYPE_CHECKING:
    from retrieval.why_not import WhyNot


class Searching(Audited, QueryLogging, Traced):
    """What finds passages; a part of :class:`ragline.Collection`."""

    @traced("retrieval")
    @audited("search")
    @on_one_space
    def search(self, query: str, k: int = 10, **options: Unpack[SearchOptions]) -> list[Hit]:
        """The ``min(k, matching)`` best chunks for ``query``, best first, ties by chunk id.

        ``mode`` is "hybrid" (the default), "vector" or "lexical". ``filters`` is a value of :mod:`ragline.filters` or its JSON
        form. Documents with an access list are found only by a ``principal`` that the list names; a collection may demand one
        of every query (:meth:`set_access`). With ``explain`` every hit
        says how it came to its place. With ``collapse`` (``None`` = as ``settings.collapse_duplicates`` says) near-duplicates
        take one place: the best-ranked stays, and ``hit.duplicates`` names the documents of the others; :meth:`duplicates` of
        chunks makes that faster. Without ``rerank`` the order is that of the fusion.

        Raises :class:`ragline.errors.AccessDeniedError` where a principal is demanded and missing,
        :class:`ragline.errors.InputError` for an empty query, ``k < 1``, an unknown mode or option,
        :class:`ragline.errors.FilterError` for a malformed filter or an unknown field.
        """
        started, retriever, watch = time.perf_counter(), self._serving.space().retriever, self._stopwatch()
        hits = retriever.run(retriever.request(query, k, options), watch)
        collect(watch)
        self._log_search(query, hits, options.get("principal"), started, k=k, **logged_options(options))
        return hits

    @traced("retrieval")
    @audited("search")
    @on_one_space
    def search_many(self, queries: Sequence[str], k: int = 10, **options: Unpack[SearchOptions]) -> list[list[Hit]]:
        """The hits of each query, as :meth:`search` finds them one after the other; ``options`` hold for all of them.

        The queries are embedded together, where the embedder gives the same vectors so. Every query is checked before the first
        is searched for. Raises as :meth:`search` does.
        """
        if isinstance(queries, str) or not isinstance(queries, Sequence):
            raise InputError(f"The queries are a {type(queries).__name__}. Give a list of texts, or search() for one.")
        started = time.perf_counter()
        found = self._serving.space().retriever.search_many(queries, k, options)
        for query, hits in zip(queries, found, strict=True):
            self._log_search(query, hits, options.get("principal"), started, k=k, **logged_options(options))
        return found

    @audited("why_not")
    @on_one_space
    def why_not(self, query: str, doc_id: str, k: int = 10, **options: Unpack[SearchOptions]) -> WhyNot:
        """Why a document is not among the ``k`` hits of this very search: the stage at which it fell out, and by how much.

        ``options`` are those of :meth:`search`. For a ``principal`` that may not see the document it is absent, as one that is
        not there. It takes as long as the search, and, where no leg brought the document, an exact one. Raises as
        :meth:`search` does.
        """
        from retrieval.why_not import why_not

        space = self._serving.space()
        retriever = space.retriever
        return why_not(retriever, space.store.catalog, doc_id, retriever.request(query, k, options))

    @audited("neighbours")
    @on_one_space
    def neighbours(self, chunk: Chunk, *, before: int = 1, after: int = 1, principal: Principal | None = None) -> list[Chunk]:
        """A hit's chunk with up to ``before`` chunks in front of it and ``after`` behind it, in reading order.

        For the row or summary of a table it is the passages that hold it, and what is around these. Empty when ``principal``
        may not see the document, or when it no longer has the chunk. Raises :class:`ragline.errors.InputError` for negative
        counts.
        """
        from retrieval.surroundings import neighbours

        _check_chunk(chunk)
        if before < 0 or after < 0:
            raise InputError(f"before={before} and after={after} must not be negative; give numbers of chunks.")
        space = self._serving.space()
        return neighbours(space.store.catalog, chunk, before, after, principal, space.gate)

    @audited("section")
    @on_one_space
    def section(self, chunk: Chunk, *, principal: Principal | None = None) -> str:
        """The whole section that a hit's chunk is in, headings included; ``chunk.section_path`` names it.

        Empty when ``principal`` may not see the document, or when it no longer has the chunk.
        """
        from retrieval.surroundings import section_text

        _check_chunk(chunk)
        space = self._serving.space()
        return section_text(space.store.catalog, chunk, principal, space.gate)


def logged_options(options: SearchOptions) -> dict[str, Any]:
    """What the query log keeps of the options of a search."""
    return {"mode": options.get("mode") or "hybrid", "filters": options.get("filters")}


def _check_chunk(chunk: object) -> None:
    if not isinstance(chunk, Chunk):
        raise InputError(f"A {type(chunk).__name__} is no chunk. Give that of a hit (hit.chunk), or one of kb.chunks(doc_id).")
