"""Team-draft interleaving: two rankings in one list, and clicks tell which of them users prefer.

Source: Radlinski, Kurup and Joachims, "How Does Clickthrough Data Reflect Retrieval Quality?", CIKM 2008. As two
captains pick players in turn, each ranking picks its best document that is not yet in the list, and who picks first in each
round is drawn by lot. A click counts for the team of the document. It takes 10 to 100 times less traffic than an A/B test to
tell two rankings apart (Chapelle et al., "Large-Scale Validation and Analysis of Interleaved Search Evaluation", TOIS 2012).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from eval.live.hashing import fraction
from ragline.errors import InputError
from ragline.types import Hit

Item = TypeVar("Item")
Team = Literal["a", "b"]
Preferred = Literal["a", "b", "tie"]


@dataclass(frozen=True, slots=True)
class Interleaved(Generic[Item]):
    """A list to show, and the team of each place. ``keys`` identify the items in what is clicked."""

    items: tuple[Item, ...]
    keys: tuple[str, ...]
    teams: tuple[Team, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """The clicks on each team of one list, and whom they prefer. ``ignored`` clicks were on nothing in the list."""

    user: str
    a: int
    b: int
    ignored: int = 0

    @property
    def preferred(self) -> Preferred:
        return "a" if self.a > self.b else "b" if self.b > self.a else "tie"


def key_of(item: object) -> str:
    """The id of what is usually ranked: the chunk of a hit, or an id itself. Raises :class:`InputError` for anything else."""
    if isinstance(item, Hit):
        return item.chunk.id
    if isinstance(item, str):
        return item
    raise InputError(f"A {type(item).__name__} has no id that is known here. Give key=, a function from an item to its id.")


def team_draft(
    a: Sequence[Item],
    b: Sequence[Item],
    *,
    k: int,
    user: str,
    query: str,
    salt: str,
    key: Callable[[Item], str] = key_of,
) -> Interleaved[Item]:
    """Up to ``k`` items of two rankings, best first, as users are shown them.

    The lots depend on ``salt`` (the experiment's name), ``user`` and ``query`` only: the same user sees the same list again,
    and whoever counts the clicks can make it again instead of storing it. ``key`` gives the id that an item is known by in
    both rankings. As in the paper, the list ends where one ranking has nothing left
    that is not in it: what would follow would be of one team only. Raises :class:`InputError` for ``k`` below 1.
    """
    if k < 1:
        raise InputError(f"A list of {k} shows nothing. Give k of 1 or more.")
    rankings: dict[Team, Sequence[Item]] = {"a": a, "b": b}
    taken: dict[str, tuple[Item, Team]] = {}
    picks: dict[Team, int] = {"a": 0, "b": 0}
    while len(taken) < k:
        best = {team: _best(ranking, taken, key) for team, ranking in rankings.items()}
        if best["a"] is None or best["b"] is None:
            break
        team = _next_team(picks, fraction(salt, user, query, str(picks["a"])))
        item = best[team]
        assert item is not None  # noqa: S101 - both teams were looked at above
        taken[key(item[0])] = (item[0], team)
        picks[team] += 1
    return Interleaved(tuple(item for item, _ in taken.values()), tuple(taken), tuple(team for _, team in taken.values()))


def _best(ranking: Sequence[Item], taken: Collection[str], key: Callable[[Item], str]) -> tuple[Item] | None:
    """The first item that is not taken, in a tuple of its own: an item may be ``None`` itself."""
    return next(((item,) for item in ranking if key(item) not in taken), None)


def _next_team(picks: dict[Team, int], lot: float) -> Team:
    """The team with fewer picks; of equal ones the one that the lot falls on."""
    if picks["a"] != picks["b"]:
        return "a" if picks["a"] < picks["b"] else "b"
    return "a" if lot < 0.5 else "b"


def credit(shown: Interleaved[Item], clicked: Collection[str], *, user: str) -> Credit:
    """What the clicks on ``shown`` say; ``clicked`` are keys, each of which counts once."""
    keys = set(clicked)
    teams = dict(zip(shown.keys, shown.teams, strict=True))
    hits = [teams[each] for each in keys if each in teams]
    return Credit(user, hits.count("a"), hits.count("b"), len(keys) - len(hits))
