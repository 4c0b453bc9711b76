"""Metrics by name: those of a ranking, and those of the spans that its chunks hold."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from eval.metrics.average_precision import average_precision
from eval.metrics.base import Metric, RankingFunction
from eval.metrics.coverage import coverage
from eval.metrics.hit_rate import hit_rate
from eval.metrics.mrr import reciprocal_rank
from eval.metrics.ndcg import ndcg
from eval.metrics.precision import precision
from eval.metrics.recall import recall
from eval.metrics.span_iou import span_iou
from eval.metrics.span_precision import span_precision
from eval.metrics.span_recall import span_recall
from eval.metrics.spans import SpanFunction, SpanMetric
from ragline.errors import InputError

FAMILIES: Mapping[str, RankingFunction] = MappingProxyType(
    {
        "nDCG": ndcg,
        "recall": recall,
        "precision": precision,
        "MRR": reciprocal_rank,
        "MAP": average_precision,
        "hit_rate": hit_rate,
    }
)
SPAN_FAMILIES: Mapping[str, SpanFunction] = MappingProxyType(
    {"span_recall": span_recall, "coverage": coverage, "span_precision": span_precision, "span_IoU": span_iou}
)
# the names of ir-measures and trec_eval, so that figures can be asked for in the field's own words
_ALIASES = {"r": "recall", "p": "precision", "rr": "MRR", "ap": "MAP", "success": "hit_rate"}
_CANONICAL = {family.casefold(): family for family in (*FAMILIES, *SPAN_FAMILIES)} | _ALIASES


def parse(name: str) -> Metric | SpanMetric:
    """The metric of a name such as ``"nDCG@10"``; upper and lower case are equal.

    ``R``, ``P``, ``RR``, ``AP`` and ``Success`` are understood too. Raises :class:`InputError` for a name that is not known or
    a cut-off below 1.
    """
    match = re.fullmatch(r"(\w+)@([1-9][0-9]{0,8})", name.strip(), re.ASCII)
    family = _CANONICAL.get(match[1].casefold()) if match else None
    if match is None or family is None:
        known = ", ".join((*FAMILIES, *SPAN_FAMILIES))
        raise InputError(f"Unknown metric {name!r}. Write one of {known}, then @ and a cut-off: nDCG@10.")
    if family in FAMILIES:
        return Metric(family, int(match[2]), FAMILIES[family])
    return SpanMetric(family, int(match[2]), SPAN_FAMILIES[family])


def metrics_at(ks: Sequence[int]) -> tuple[Metric, ...]:
    """Every family at every cut-off, family by family in the order of ``FAMILIES``."""
    return tuple(Metric(family, k, function) for family, function in FAMILIES.items() for k in ks)


def span_metrics_at(ks: Sequence[int]) -> tuple[SpanMetric, ...]:
    """Every family of spans at every cut-off, family by family in the order of ``SPAN_FAMILIES``."""
    return tuple(SpanMetric(family, k, function) for family, function in SPAN_FAMILIES.items() for k in ks)
