"""Golden sets of a collection: building them from what it holds and was asked, and checking that they still fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.arguments import path_text
from api.serving import Serving, on_one_space
from ragline.errors import InputError

if TYPE_CHECKING:
    from eval.builders.base import Built, SourceDocument
    from eval.golden_check import GoldenCheck
    from indexes.query_log import LogRow
    from ragline.settings import Settings
    from ragline.types import Chunk, Document, Principal

OFFLINE = ("faq", "definition", "heading")
"""What is built where nothing else is asked for: needs no model and no log. The first of two equal questions is kept."""

SOURCES = ("log", *OFFLINE, "llm")
"""Where questions can be taken from, by the tag that they get; in this order, since a question is kept once."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built and written to ``path``; a part for each origin, whose counts add up.

    ``sha256`` is the digest of the set; empty, as ``path`` is, where there was no question to write.
    """

    parts: tuple[Built, ...]
    path: str
    version: str
    sha256: str

    @property
    def questions(self) -> int:
        return sum(len(part.items) for part in self.parts)

    def json(self) -> dict[str, object]:
        """For programs: the counts of each origin, with what was refused and why."""
        parts = {
            part.origin: {
                "candidates": part.candidates,
                "questions": len(part.items),
                "refused": dict(part.refused),
                "notes": list(part.notes),
            }
            for part in self.parts
        }
        named = {"path": self.path, "version": self.version, "sha256": self.sha256}
        return {"questions": self.questions, **named, "origins": parts}


class GoldenSets:
    """What makes golden sets of a collection; a part of :class:`ragline.Collection`."""

    settings: Settings
    _serving: Serving

    if TYPE_CHECKING:

        def log(self, *, limit: int | None = None) -> list[LogRow]: ...
        def get(self, doc_id: str, *, principal: Principal | None = None) -> Document | None: ...
        def chunks(self, doc_id: str, *, principal: Principal | None = None) -> list[Chunk]: ...
        def document_ids(self, *, principal: Principal | None = None) -> list[str]: ...

    def build_golden(
        self,
        path: str | os.PathLike[str],
        sources: Sequence[str] = OFFLINE,
        *,
        questions: int = 100,
        model: str = "",
        version: str = "1",
        seed: int = 0,
        principal: Principal | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> BuildReport:
        """Build a golden set from this collection and write it to ``path``; each question has the tag of its origin.

        ``sources`` name the origins: "faq", "definition" and "heading" from the documents themselves, "log" from questions
        whose answers users approved of, "llm" by the model ``model`` (a litellm name, else the setting ``model``), which is
        asked for ``questions`` questions. Only documents that ``principal`` may see are read; without one, all are, and their
        text goes into the file, and to the model. Raises :class:`ragline.errors.InputError` for an unknown source, a file that
        exists, or "llm" without a model; :class:`ragline.errors.BackendUnavailableError` where the model never answers.
        """
        from eval.builders.base import combined
        from eval.golden_lines import write_lines
        from eval.golden_types import golden_set

        place = Path(path_text(path))
        unknown = [name for name in sources if name not in SOURCES]
        if unknown or not sources:
            raise InputError(f"Questions cannot be taken from {unknown or 'nothing'}. Name some of {', '.join(SOURCES)}.")
        if place.exists():
            raise InputError(f"{place} exists. Name another file: labels may be in it.")
        parts = combined(
            self._built(name, questions, model or self.settings.model, seed, principal, progress)
            for name in SOURCES
            if name in sources
        )
        items = [item for part in parts for item in part.items]
        if not items:
            return BuildReport(tuple(parts), "", version, "")
        told = "; ".join(f"{len(part.items)} {part.origin}" for part in parts)
        golden = golden_set(place.stem, items, version=version, notes=f"built by ragline: {told}")
        write_lines(golden, place)
        return BuildReport(tuple(parts), str(place), version, golden.sha256)

    def check_golden(
        self,
        golden: str | os.PathLike[str],
        *,
        set_version: str | None = None,
        out: str | os.PathLike[str] | None = None,
        principal: Principal | None = None,
    ) -> GoldenCheck:
        """Hold a golden set against this collection: which quotes stand where it says, which have moved, which are gone.

        With ``out`` the set is written there with the quotes that moved at their new places, as version ``set_version``, which
        also lets a set pass whose content was changed under its version. Documents that ``principal`` may not see are missing.
        Raises :class:`ragline.errors.GoldenSetError` for a malformed set.
        """
        from eval.golden import load_golden
        from eval.golden_check import check_golden
        from eval.golden_lines import read_lines, write_lines

        path = Path(path_text(golden))
        is_ours = path.is_file() and path.suffix.lower() != ".json"
        if out is not None and Path(path_text(out)).suffix.lower() != ".jsonl":
            raise InputError(f"{path_text(out)}: sets are written as JSON lines. Name a file that ends in .jsonl (--out).")
        found = read_lines(path, changed=True) if set_version is not None and is_ours else load_golden(path)

        def text_of(doc_id: str) -> str | None:
            document = self.get(doc_id, principal=principal)
            return None if document is None else document.text

        check = check_golden(found, text_of, self.document_ids(principal=principal), version=set_version)
        if out is not None:
            write_lines(check.updated, Path(path_text(out)))
        return check

    def texts(self, *, principal: Principal | None = None) -> Iterator[tuple[str, str]]:
        """Ids and texts of the documents that ``principal`` may see (without one, all), by id."""
        for doc_id in self.document_ids(principal=principal):
            document = self.get(doc_id, principal=principal)
            if document is not None:
                yield doc_id, document.text

    def _sources(self, principal: Principal | None) -> Iterator[SourceDocument]:
        from eval.builders.base import source_of

        catalog = self._serving.space().store.catalog
        for doc_id in self.document_ids(principal=principal):
            version = catalog.version(doc_id)
            if version is not None:
                yield source_of(version)

    @on_one_space
    def _built(
        self,
        name: str,
        questions: int,
        model: str,
        seed: int,
        principal: Principal | None,
        progress: Callable[[int], None] | None,
    ) -> Built:
        from eval.builders.definitions import from_definitions
        from eval.builders.faq import from_faq
        from eval.builders.from_log import from_log
        from eval.builders.from_model import from_model
        from eval.builders.headings import from_headings
        from retrieval.answers.completion import ModelEndpoint

        if name == "log":
            known = set(self.document_ids(principal=principal))
            return from_log(self.log(), self._chunk_of, known.__contains__)
        if name == "llm":
            if not model:
                raise InputError("Questions by a model need one. Give model, a litellm name, or set the setting 'model'.")
            settings = self.settings
            endpoint = ModelEndpoint(
                model,
                settings.model_api_base or None,
                timeout_s=settings.model_timeout_s,
                retries=settings.model_retries,
            )
            return from_model(self._sources(principal), endpoint, questions=questions, seed=seed, progress=progress)
        builder = {"faq": from_faq, "definition": from_definitions, "heading": from_headings}[name]
        return builder(self._sources(principal))

    def _chunk_of(self, doc_id: str, chunk_id: str) -> Chunk | None:
        return next((chunk for chunk in self.chunks(doc_id) if chunk.id == chunk_id), None)
