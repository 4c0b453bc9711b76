"""What a query asks for: the words, how many hits, and every option with its default settled."""

from dataclasses import dataclass
from operator import index
from typing import Any, TypedDict, get_args

from ragline.errors import InputError
from ragline.filters import Filter, FilterLike, parse_filter
from ragline.settings import Settings
from ragline.types import Principal, SearchMode


class SearchOptions(TypedDict, total=False):
    """The options of a search, by name. What is left out, or ``None``, is as the settings say.

    ``mode``: both legs, or one of them. ``filters``: a value of :mod:`ragline.filters`, or its JSON form. ``principal``: who
    asks; documents with an access list are found only by those whom the list names. ``explain``: every hit says how it came to
    its place. ``collapse``: near-duplicates take one place. ``rerank``: the best candidates are put in order by the reranker.
    """

    mode: SearchMode
    filters: FilterLike | None
    principal: Principal | None
    explain: bool
    collapse: bool | None
    rerank: bool | None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search with nothing left open. See :class:`SearchOptions`."""

    query: str
    k: int
    mode: SearchMode
    filters: Filter | None
    principal: Principal | None
    explain: bool
    collapse: bool
    rerank: bool


def search_request(query: object, k: object, options: SearchOptions, settings: Settings) -> SearchRequest:
    """The request that these arguments make.

    Raises :class:`InputError` for an empty query, ``k < 1``, an unknown mode or option, and
    :class:`ragline.errors.FilterError` for a malformed filter.
    """
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    unknown = given.keys() - SearchOptions.__annotations__.keys()
    if unknown:
        raise InputError(f"A search has no option {min(unknown)!r}; it has {', '.join(sorted(SearchOptions.__annotations__))}.")
    if not isinstance(query, str) or not query.strip():
        raise InputError("The query is empty. Give at least one word.")
    filters = given.get("filters")
    return SearchRequest(
        query,
        _count(k),
        _mode(given.get("mode", "hybrid")),
        None if filters is None else parse_filter(filters),
        given.get("principal"),
        bool(given.get("explain", False)),
        bool(given.get("collapse", settings.collapse_duplicates)),
        bool(given.get("rerank", True)),
    )


def _count(k: object) -> int:
    """``k`` as an int: anything that Python takes as an index is one (NumPy's integers are), but truth values are not."""
    try:
        number = 0 if isinstance(k, bool) else index(k)  # type: ignore[arg-type]
    except TypeError:
        number = 0
    if number < 1:
        raise InputError(f"k is {k!r}; ask for at least one hit.")
    return number


def _mode(mode: SearchMode) -> SearchMode:
    if mode not in get_args(SearchMode):
        raise InputError(f"Unknown mode {mode!r}; choose one of {', '.join(get_args(SearchMode))}.")
    return mode
