"""Ranking metrics by name."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from eval.metrics.base import Metric, RankingFunction
from eval.metrics.hit_rate import hit_rate
from eval.metrics.mrr import reciprocal_rank
from eval.metrics.ndcg import ndcg
from eval.metrics.precision import precision
from eval.metrics.recall import recall
from ragline.errors import InputError

FAMILIES: Mapping[str, RankingFunction] = MappingProxyType(
    {"nDCG": ndcg, "recall": recall, "precision": precision, "MRR": reciprocal_rank, "hit_rate": hit_rate}
)
# the names of ir-measures and trec_eval, so that figures can be asked for in the field's own words
_ALIASES = {"r": "recall", "p": "precision", "rr": "MRR", "success": "hit_rate"}
_CANONICAL = {family.casefold(): family for family in FAMILIES} | _ALIASES


def parse(name: str) -> Metric:
    """The metric of a name such as ``"nDCG@10"``; upper and lower case are equal.

    ``R``, ``P``, ``RR`` and ``Success`` are understood too. Raises :class:`InputError` for a name that is not known or a
    cut-off below 1.
    """
    match = re.fullmatch(r"(\w+)@([1-9][0-9]{0,8})", name.strip(), re.ASCII)
    family = _CANONICAL.get(match[1].casefold()) if match else None
    if match is None or family is None:
        raise InputError(f"Unknown metric {name!r}. Write one of {', '.join(FAMILIES)}, then @ and a cut-off: nDCG@10.")
    return Metric(family, int(match[2]), FAMILIES[family])


def metrics_at(ks: Sequence[int]) -> tuple[Metric, ...]:
    """Every family at every cut-off, family by family in the order of ``FAMILIES``."""
    return tuple(Metric(family, k, function) for family, function in FAMILIES.items() for k in ks)
