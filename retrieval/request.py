"""What a query asks for: the words, how many hits, and every option with its default settled."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, TypedDict, get_args

from ragline.errors import InputError
from ragline.filters import Filter, FilterLike, parse_filter
from ragline.settings import Settings, choices_of
from ragline.types import Principal, SearchMode
from retrieval.access import Demand
from retrieval.diversity import Diversity
from retrieval.fusion_rule import FusionRule
from retrieval.query.forms import EXPANSIONS, WEIGHTS

LEGS = ("vector", "lexical")
MODES: tuple[SearchMode, ...] = get_args(SearchMode)


class SearchOptions(TypedDict, total=False):
    """The options of a search, by name. What is left out, or ``None``, is as the settings say.

    ``mode``: both legs, or one of them. ``filters``: a value of :mod:`ragline.filters`, or its JSON form. ``principal``: who
    asks; documents with an access list are found only by those whom the list names. ``explain``: every hit says how it came to
    its place. ``collapse``: near-duplicates take one place. ``rerank``: the best candidates are put in order by the reranker.
    ``fusion``: the formula, as the setting has it. ``weights``: what a leg counts in it, e.g. ``{"lexical": 0.5}``. ``depths``:
    how many candidates a leg brings, e.g. ``{"vector": 200}``; never fewer than ``k``. ``max_per_document``: so many hits of a
    document at most, 0 = any number. ``mmr_lambda``: below 1, hits that are unlike those before them are preferred.
    ``expand``: further forms of the query that are searched for beside it, as the setting ``query_expansion`` has them.
    """

    mode: SearchMode
    filters: FilterLike | None
    principal: Principal | None
    explain: bool
    collapse: bool | None
    rerank: bool | None
    fusion: str | None
    weights: Mapping[str, float] | None
    depths: Mapping[str, int] | None
    max_per_document: int | None
    mmr_lambda: float | None
    expand: str | Sequence[str] | None


OPTIONS = frozenset(SearchOptions.__annotations__)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search with nothing left open. See :class:`SearchOptions`. ``depths`` has every leg.

    ``admitted`` is the demand by which the principal was admitted, ``None`` where that is still to be asked.
    """

    query: str
    k: int
    mode: SearchMode
    filters: Filter | None
    principal: Principal | None
    explain: bool
    collapse: bool
    rerank: bool
    fusion: FusionRule
    depths: Mapping[str, int]
    diversity: Diversity
    expand: tuple[str, ...]
    admitted: Demand | None = None


class Usual:
    """What a search is by the settings, worked out once: most searches change none of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.fusion = {mode: _fusion({}, settings, mode) for mode in MODES}
        self.depths = _depths({}, settings, 1)
        self.diversity = _diversity({}, settings)
        self.expand = _expansions(settings.query_expansion)

    def depths_for(self, k: int) -> Mapping[str, int]:
        """How many candidates each leg brings: never fewer than ``k``."""
        return self.depths if k <= min(self.depths.values()) else {leg: max(depth, k) for leg, depth in self.depths.items()}


def search_request(query: object, k: object, options: SearchOptions, usual: Usual) -> SearchRequest:
    """The request that these arguments make.

    Raises :class:`InputError` for an empty query, ``k < 1``, an unknown mode, option, fusion or leg, a weight below 0, a depth
    below 1, and :class:`ragline.errors.FilterError` for a malformed filter.
    """
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if unknown := given.keys() - OPTIONS:
        raise InputError(f"A search has no option {min(unknown)!r}; it has {', '.join(sorted(OPTIONS))}.")
    if not isinstance(query, str) or not query.strip():
        raise InputError("The query is empty. Give at least one word.")
    filters = given.get("filters")
    number, mode, settings = _count(k, "k", "hit"), _mode(given.get("mode", "hybrid")), usual.settings
    return SearchRequest(
        query=query,
        k=number,
        mode=mode,
        filters=None if filters is None else parse_filter(filters),
        principal=given.get("principal"),
        explain=bool(given.get("explain", False)),
        collapse=bool(given.get("collapse", settings.collapse_duplicates)),
        rerank=bool(given.get("rerank", True)),
        fusion=_fusion(given, settings, mode) if given.keys() & {"fusion", "weights"} else usual.fusion[mode],
        depths=_depths(given, settings, number) if "depths" in given else usual.depths_for(number),
        diversity=_diversity(given, settings) if given.keys() & {"max_per_document", "mmr_lambda"} else usual.diversity,
        expand=_expansions(given["expand"]) if "expand" in given else usual.expand,
    )


def _fusion(given: Mapping[str, Any], settings: Settings, mode: SearchMode) -> FusionRule:
    method, known = given.get("fusion", settings.fusion), choices_of("fusion")
    if method not in known:
        raise InputError(f"Unknown fusion {method!r}; choose one of {', '.join(known)}.")
    weights = {"vector": settings.vector_weight, "lexical": settings.lexical_weight}
    for leg, weight in _by_leg("weights", given.get("weights", {})).items():
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not is_number or not 0 <= weight <= sys.float_info.max:  # NaN is not, nor is an int that no float can hold
            raise InputError(f"The weight of the leg {leg} is {weight!r}; give a number of 0 or more.")
        weights[leg] = float(weight)
    if not any(weights.values()):
        raise InputError("All legs have the weight 0; give one of them more.")
    if mode != "hybrid":
        weights = {}  # a kind of leg that is alone has none to be weighed against
    return FusionRule(method, weights | {f":{origin}": weight for origin, weight in WEIGHTS.items()}, settings.rrf_k)


def _depths(given: Mapping[str, Any], settings: Settings, k: int) -> dict[str, int]:
    depths = {"vector": settings.vector_depth or settings.depth, "lexical": settings.lexical_depth or settings.depth}
    for leg, depth in _by_leg("depths", given.get("depths", {})).items():
        depths[leg] = _count(depth, f"The depth of the leg {leg}", "candidate")
    return {leg: max(depth, k) for leg, depth in depths.items()}


def _diversity(given: Mapping[str, Any], settings: Settings) -> Diversity:
    most, trade = given.get("max_per_document", settings.max_per_document), given.get("mmr_lambda", settings.mmr_lambda)
    if isinstance(trade, bool) or not isinstance(trade, int | float) or not 0 <= trade <= 1:
        raise InputError(f"mmr_lambda is {trade!r}; give a number from 0 (unlike the hits before) to 1 (only relevant).")
    return Diversity(most and _count(most, "max_per_document", "hit"), float(trade))


def _expansions(value: object) -> tuple[str, ...]:
    given = value.split(",") if isinstance(value, str) else list(value) if isinstance(value, Sequence) else [value]
    names = [name.strip() if isinstance(name, str) else str(name) for name in given]
    if unknown := [name for name in names if name not in {*EXPANSIONS, "", "none"}]:
        raise InputError(f"Unknown expansion {unknown[0]!r}; choose from {', '.join(EXPANSIONS)}, or none.")
    return tuple(name for name in dict.fromkeys(names) if name in EXPANSIONS)


def _by_leg(option: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value.keys() <= set(LEGS):
        legs = " and ".join(LEGS)
        raise InputError(f"{option} is {value!r}; map legs to numbers, e.g. {{'lexical': 1}}. The legs are {legs}.")
    return value


def _count(k: object, name: str, what: str) -> int:
    """``k`` as an int: anything that Python takes as an index is one (NumPy's integers are), but truth values are not."""
    try:
        number = 0 if isinstance(k, bool) else index(k)  # type: ignore[arg-type]
    except TypeError:
        number = 0
    if number < 1:
        raise InputError(f"{name} is {k!r}; ask for at least one {what}.")
    return number


def _mode(mode: SearchMode) -> SearchMode:
    if mode not in MODES:
        raise InputError(f"Unknown mode {mode!r}; choose one of {', '.join(MODES)}.")
    return mode
