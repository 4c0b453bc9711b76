"""Quality before and after a migration, on one golden set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexes.migration.report import Quality
from ragline.errors import MigrationRefusedError, RaglineError
from ragline.types import Principal

if TYPE_CHECKING:
    from collections.abc import Callable

    from eval.golden import GoldenSet
    from ragline.types import Hit
    from retrieval.hybrid import HybridRetriever

METRICS = ("nDCG@10", "recall@10")
"""What may not fall: the order of the first page, and what is on it at all."""

_DEPTH = 10
_ANYONE = Principal("")  # named by no access list: it finds the documents that have none


@dataclass(frozen=True, slots=True)
class _Bound:
    retriever: HybridRetriever

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        return self.retriever.search(query, k, principal=_ANYONE)


def compare(golden: GoldenSet, before: Callable[[], HybridRetriever], after: HybridRetriever) -> tuple[Quality, ...]:
    """The metrics by the retriever ``before`` (``None`` where its embedder cannot be loaded any more) and by the one after."""
    new = _measured(golden, after)
    try:
        old = _measured(golden, before())
    except RaglineError:
        old = dict.fromkeys(METRICS)
    return tuple(Quality(name, old[name], new[name]) for name in METRICS)


def check_loss(quality: Sequence[Quality], max_loss: float) -> None:
    """Raise :class:`MigrationRefusedError` when a metric falls by more than ``max_loss``, or cannot be measured any more."""
    worse = [
        each for each in quality if each.before is not None and (each.after is None or each.before - each.after > max_loss)
    ]
    if worse:
        figures = ", ".join(f"{each.metric} {_shown(each.before)} -> {_shown(each.after)}" for each in quality)
        raise MigrationRefusedError(
            f"The collection stays as it is: migrated, it would lose more than {max_loss:g} on the golden set ({figures}). "
            f"Choose another embedder or chunker, or accept the loss with --max-loss: the same migration then goes on here."
        )


def _measured(golden: GoldenSet, retriever: HybridRetriever) -> dict[str, float | None]:
    from eval.run import evaluate

    result = evaluate(golden, _Bound(retriever), ks=(_DEPTH,))
    failed = result.counts["errors"] > 0
    return {name: None if failed else result.metrics[name].value for name in METRICS}


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
