"""What a search over settings goes through: settings of the retrieval, each with the values that are tried.

All are grids: fusion weights and depths are nowhere so sharp that a value between two of these would tell more than the noise
of a few hundred queries. Equal points, such as two depths of a reranker that is off, are one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ragline.errors import InputError, SettingsError
from ragline.settings import Settings, choices_of

Point = Mapping[str, Any]
"""A value for each setting that is searched over."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A setting and its ``values``; ``is_ordered`` where near values do nearly the same."""

    setting: str
    values: tuple[Any, ...]
    is_ordered: bool


WEIGHTS = (0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)
"""Of the lexical leg beside 1 of the vector leg: only their ratio counts. Steps by about the root of two."""

_GRIDS: Mapping[str, tuple[Any, ...]] = {
    "fusion": choices_of("fusion"),
    "lexical_weight": WEIGHTS,
    "rrf_k": (10, 30, 60, 100),
    "depth": (50, 100, 200, 400),  # an evaluation asks for 50 hits, and a leg never brings fewer than are asked for
    "reranker": ("none", "learned"),
    "rerank_depth": (20, 50, 100),
    "query_expansion": ("none", "variants,parts"),
    "max_per_document": (0, 1, 2),
    "mmr_lambda": (0.7, 0.85, 1.0),
    "hnsw_ef_search": (64, 128, 256, 512),
    "ivf_probes": (4, 8, 16, 32, 64),
    "over_fetch": (2, 5, 10, 20),
    "chunk_tokens": (64, 128, 200),
}
"""Late interaction, which embeds every candidate anew, is tried only where it is named: half a second a query."""

DEFAULT = ("fusion", "lexical_weight", "depth", "reranker", "rerank_depth")
"""What is searched over where nothing else is asked for: all of it changes with the next query, and a trial costs little."""

CHUNKING = "chunk_tokens"
"""The one that takes a collection of its own: all documents are chunked and embedded anew for each value."""

INDEX = ("hnsw_ef_search", "ivf_probes", "over_fetch")
"""Those of an approximate index; a collection that is compared as a whole has no use for them."""

ALIASES: Mapping[str, str] = {
    "weights": "lexical_weight",
    "ef": "hnsw_ef_search",
    "nprobe": "ivf_probes",
    "chunk_size": CHUNKING,
    "expansion": "query_expansion",
}
_CATEGORIES = frozenset({"fusion", "reranker", "query_expansion"})
_RANK_FUSIONS = frozenset({"rrf", "score-rrf"})


def dimensions_of(asked: Iterable[str], current: Settings) -> tuple[Dimension, ...]:
    """The dimensions of texts such as ``"fusion"`` or ``"depth=50,100,200"``; :data:`DEFAULT` where there are none.

    The value in use is one of each dimension's. Raises :class:`InputError` for a setting that is not searched over,
    :class:`ragline.errors.SettingsError` for a value that it cannot have.
    """
    found: dict[str, Dimension] = {}
    for text in tuple(asked) or DEFAULT:
        name, equals, values = (part.strip() for part in text.partition("="))
        setting = ALIASES.get(name, name).replace("-", "_")
        if setting not in _GRIDS:
            raise InputError(f"{name!r} is not searched over; choose among {', '.join(_GRIDS)}, or {', '.join(ALIASES)}.")
        grid = _given(setting, values) if equals else _GRIDS[setting]
        is_ordered = setting not in _CATEGORIES
        whole = {*grid, getattr(current, setting)}
        order = sorted(whole) if is_ordered else [*grid, *(value for value in whole if value not in grid)]
        found[setting] = Dimension(setting, tuple(order), is_ordered)
    return tuple(found.values())


def current_point(dimensions: Sequence[Dimension], current: Settings) -> dict[str, Any]:
    """The point in use."""
    return {dimension.setting: getattr(current, dimension.setting) for dimension in dimensions}


def canonical(point: Point, current: Settings) -> dict[str, Any]:
    """The point with the value in use for every setting that plays no part beside the others."""
    settings = replace(current, **point)
    idle: set[str] = set()
    if settings.reranker == "none":
        idle.add("rerank_depth")
    if settings.fusion not in _RANK_FUSIONS:
        idle.add("rrf_k")
    return {name: getattr(current, name) if name in idle else value for name, value in point.items()}


def changes(point: Point, current: Settings) -> dict[str, Any]:
    """The settings of a point that differ from those in use."""
    return {name: value for name, value in point.items() if value != getattr(current, name)}


def _given(setting: str, text: str) -> tuple[Any, ...]:
    separator = ";" if setting == "query_expansion" else ","  # an expansion is itself a list with commas
    values = [value.strip() for value in text.split(separator) if value.strip()]
    if not values:
        raise SettingsError(f"{setting}= names no values. Write e.g. {setting}={','.join(map(str, _GRIDS[setting][:2]))}.")
    parsed = [Settings.parse([f"{setting}={value}"])[setting] for value in values]
    for value in parsed:
        Settings(**{setting: value})
    return tuple(dict.fromkeys(parsed))


KNOWN = tuple(item.name for item in fields(Settings) if item.name in _GRIDS)
"""Every setting that can be searched over, in the order of the settings."""
