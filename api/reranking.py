"""Fitting the learned reranker to a collection's own golden set."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from api.arguments import path_text
from ragline.errors import InputError
from retrieval.hybrid import HybridRetriever
from retrieval.rerankers.weights import FITTED, NamedWeights

if TYPE_CHECKING:
    from api.serving import Serving, Space
    from eval.reranking.refit import RefitReport
    from ragline.settings import Settings
    from ragline.types import Principal
    from retrieval.rerankers.base import Reranker


class Reranking:
    """What fits the reranker to a collection; a part of :class:`ragline.Collection`."""

    settings: Settings
    _serving: Serving

    def tune_reranker(
        self, golden: str | os.PathLike[str], *, apply: bool = True, principal: Principal | None = None
    ) -> RefitReport:
        """Fit the learned reranker to the judged queries of a golden set, and put it in use where that gains.

        Gains are measured by cross-validation: every query is ranked by weights that were fitted to others. Where the 95 %
        interval of the gain in nDCG@10 is not above 0, ``report.accepted`` is false and nothing is changed. With ``apply`` the
        weights are kept with the collection, together with the figures that they were chosen by; other processes use them from
        their next opening on. A migration to another embedder leaves them behind. Documents with an access list count only
        where ``principal`` may see them.

        Raises :class:`ragline.errors.InputError` where the setting ``reranker`` is another one,
        :class:`ragline.errors.GoldenSetError` for a malformed golden set, or one with fewer than 20 usable queries.
        """
        from eval.golden import load_golden
        from eval.reranking.examples import examples_of
        from eval.reranking.refit import refit

        if self.settings.reranker != "learned":
            raise InputError(f"The reranker is {self.settings.reranker!r}, which is not fitted. Set reranker to 'learned'.")
        questions = load_golden(path_text(golden))
        with self._serving.one_space() as space:

            def retriever_with(reranker: Reranker) -> HybridRetriever:
                return HybridRetriever(space.store, lambda: space.embedder, self.settings, reranker=reranker)

            examples = examples_of(questions, retriever_with, depth=self.settings.rerank_depth, principal=principal)
            report = refit(examples, space.reranker_weights.weights, golden=questions.name)
            if not apply or not report.accepted:
                return report
            return self._put_in_use(space, report)

    def _put_in_use(self, space: Space, report: RefitReport) -> RefitReport:
        applied = replace(report, applied=True)
        named = NamedWeights(f"learned, fitted to {Path(report.golden).name}", report.weights)
        evidence = {**applied.json(), "measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
        with self._serving.writing() as session:
            if self._serving.space() is not space:
                return report  # migrated meanwhile: they belong to the embedder that is no longer in use
            session.catalog.set_settings({FITTED: {"name": named.name, "weights": named.weights.json(), "evidence": evidence}})
            space.reranker_weights = named
        return applied
