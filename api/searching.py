"""Searching a collection, and reading on from a hit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from api.query_logging import QueryLogging
from api.serving import on_one_space
from ragline.errors import InputError
from ragline.types import Chunk, Hit, Principal, SearchMode

if TYPE_CHECKING:
    from ragline.filters import FilterLike


class Searching(QueryLogging):
    """What finds passages; a part of :class:`ragline.Collection`."""

    @on_one_space
    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: SearchMode = "hybrid",
        filters: FilterLike | None = None,
        principal: Principal | None = None,
        explain: bool = False,
        collapse: bool | None = None,
    ) -> list[Hit]:
        """The ``min(k, matching)`` best chunks for ``query``, best first, ties by chunk id.

        With ``collapse`` (``None`` = as ``settings.collapse_duplicates`` says) near-duplicates take one place: the best-ranked
        stays, and ``hit.duplicates`` names the documents of the others. :meth:`duplicates` of chunks makes that faster.

        ``filters`` is a value of :mod:`ragline.filters` or its JSON form. Documents with an access list are found only by a
        ``principal`` that the list names. Raises :class:`ragline.errors.InputError` for an empty query, ``k < 1`` or an unknown
        mode, :class:`ragline.errors.FilterError` for a malformed filter or an unknown field.
        """
        started = time.perf_counter()
        hits = self._serving.space().retriever.search(
            query, k, mode=mode, filters=filters, principal=principal, explain=explain, collapse=collapse
        )
        self._log_search(query, hits, principal, started, k=k, mode=mode, filters=filters)
        return hits

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
        return neighbours(self._serving.space().store.catalog, chunk, before, after, principal)

    @on_one_space
    def section(self, chunk: Chunk, *, principal: Principal | None = None) -> str:
        """The whole section that a hit's chunk is in, headings included; ``chunk.section_path`` names it.

        Empty when ``principal`` may not see the document, or when it no longer has the chunk.
        """
        from retrieval.surroundings import section_text

        _check_chunk(chunk)
        return section_text(self._serving.space().store.catalog, chunk, principal)


def _check_chunk(chunk: object) -> None:
    if not isinstance(chunk, Chunk):
        raise InputError(f"A {type(chunk).__name__} is no chunk. Give that of a hit (hit.chunk), or one of kb.chunks(doc_id).")
