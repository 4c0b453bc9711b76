"""What is kept out of reach because it gives orders to a model: a list of it, and the way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.serving import on_one_space
from indexes.catalog.run_id import new_run_id
from ingestion.guard.injection.policy import freed

if TYPE_CHECKING:
    from api.serving import Serving
    from ragline.types import Chunk


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What a release let out: ``chunks`` in number. ``found`` is false when there was no such document.

    ``run_id`` is the run that it was, empty where nothing was in quarantine; :meth:`Collection.rollback` of it undoes it.
    """

    doc_id: str
    found: bool
    chunks: int
    run_id: str = ""


class Quarantine:
    """Chunks in quarantine; a part of :class:`ragline.Collection`."""

    _serving: Serving

    @on_one_space
    def quarantined(self) -> list[Chunk]:
        """The chunks in quarantine, by document id and in reading order.

        No access control is applied: it is for the owner of the collection.
        """
        return self._serving.space().store.catalog.quarantined_chunks()

    @on_one_space
    def release(self, doc_id: str) -> ReleaseReport:
        """Let a document's chunks out of quarantine: they are found from now on, with their scores.

        That holds until the document changes. Nothing is embedded. Raises :class:`ragline.errors.CollectionLockedError` when
        another process is writing.
        """
        with self._serving.writing() as session:
            version = self._serving.space().store.catalog.version(doc_id)
            count = 0 if version is None else sum(chunk.quarantined for chunk in version.chunks)
            if version is None or not count:
                return ReleaseReport(doc_id, version is not None, 0)
            run_id = new_run_id()
            session.catalog.start_run(run_id, "release")
            let_out = replace(version, chunks=freed(version.chunks), released=True, origin=None)
            session.catalog.replace_documents((let_out,), {}, run_id=run_id)
            session.publish()
            session.catalog.finish_run(run_id, {"updated": 1, "replaced": 1, "released": doc_id})
            session.rebuild_when_due()
        return ReleaseReport(doc_id, True, count, run_id)
