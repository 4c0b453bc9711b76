"""The commands for live traffic: how many it takes, who sees which variant, whom the clicks prefer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from api.cli_options import Json, show
from ragline.errors import InputError

Alpha = Annotated[float, typer.Option(help="Chance of a false alarm.")]
Power = Annotated[float, typer.Option(help="Chance to find a real difference.")]


def sample_size(
    difference: Annotated[float | None, typer.Option(help="Mean difference of a metric to tell, e.g. 0.01.")] = None,
    deviation: Annotated[float | None, typer.Option(help="Standard deviation of the differences of single queries.")] = None,
    like: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Two reports to take the deviation from instead.")
    ] = None,
    metric: Annotated[str, typer.Option(help="The metric of these reports.")] = "nDCG@10",
    queries: Annotated[int | None, typer.Option(help="Queries that there are: the least difference they tell.")] = None,
    shares: Annotated[
        tuple[float, float] | None, typer.Option(metavar="A B", help="Shares of users to tell apart, e.g. 0.10 0.12.")
    ] = None,
    ratio: Annotated[float, typer.Option(help="Users of B for each of A.")] = 1.0,
    prefer: Annotated[float | None, typer.Option(help="Share that prefers one of two interleaved rankings, e.g. 0.55.")] = None,
    ties: Annotated[float, typer.Option(help="Share of lists without a preference.")] = 0.0,
    alpha: Alpha = 0.05,
    power: Power = 0.8,
    as_json: Json = False,
) -> None:
    """How many queries, users or interleaved lists it takes to tell a difference."""
    from eval.live.sample_size import detectable_difference, paired_queries, preference_lists, proportion_users

    asked = [difference is not None, queries is not None, shares is not None, prefer is not None]
    if sum(asked) != 1:
        raise InputError("Say what is to be told: --difference, --queries, --shares or --prefer. One of them.")
    found: dict[str, Any] = {"alpha": alpha, "power": power}
    if shares is not None:
        users = proportion_users(*shares, ratio=ratio, alpha=alpha, power=power)
        found |= {"share of A": shares[0], "share of B": shares[1], "users of A": users[0], "users of B": users[1]}
    elif prefer is not None:
        found |= {"prefer": prefer, "ties": ties, "lists": preference_lists(prefer, ties=ties, alpha=alpha, power=power)}
    else:
        spread = _deviation(deviation, like, metric)
        found |= {"deviation": spread}
        if difference is not None:
            found |= {"difference": difference, "queries": paired_queries(difference, spread, alpha=alpha, power=power)}
        if queries is not None:
            least = detectable_difference(queries, spread, alpha=alpha, power=power)
            found |= {"queries": queries, "least difference": least}
    show({name.replace(" ", "_"): value for name, value in found.items()} if as_json else found, as_json=as_json)


def _deviation(given: float | None, like: tuple[str, str] | None, metric: str) -> float:
    """The standard deviation that was given, or that of two reports."""
    if (given is None) == (like is None):
        raise InputError("The deviation of single queries is needed. Give --deviation 0.25, or two reports: --like A B.")
    if like is None:
        return given if given is not None else 0.0
    from api.comparing import compare

    found = next(each for each in compare(*like, metrics=[metric]).metrics.values() if each.is_tested or not each.pairs)
    if not found.deviation:
        raise InputError(f"The reports do not differ in {found.name} on any query, or share none. Give --deviation instead.")
    return found.deviation


def assign(
    user: Annotated[str, typer.Argument(help="Id of the user.")],
    variants: Annotated[
        list[str], typer.Option("--variant", metavar="NAME[=WEIGHT]", help="A variant and its weight; repeatable.")
    ],
    salt: Annotated[str, typer.Option(help="Name of the experiment; others with another name are independent.")],
    as_json: Json = False,
) -> None:
    """The variant that a user sees in an A/B test; always the same one."""
    from eval.live.assignment import assign as assigned

    weights: dict[str, float] = {}
    for text in variants:
        name, equals, weight = text.partition("=")
        try:
            number = float(weight) if equals else 1.0
        except ValueError:
            raise InputError(f"{text!r} has no weight. Write NAME=WEIGHT, such as new=10.") from None
        if not name or name in weights:
            raise InputError(f"{text!r} names no variant, or one that was named. Give every variant its own name.")
        weights[name] = number
    show({"user": user, "salt": salt, "variant": assigned(user, weights, salt=salt)}, as_json=as_json)


def preference(
    clicks: Annotated[Path, typer.Argument(help='JSON lines, one a list shown: {"user": "u1", "a": 0, "b": 2}, its clicks.')],
    by_user: Annotated[bool, typer.Option(help="Count each user once, or each list.")] = True,
    as_json: Json = False,
) -> None:
    """Whom the clicks on interleaved lists prefer, with a sign test."""
    from eval.live.preference import preference as preferred
    from eval.live.preference import read_credits

    found = preferred(read_credits(clicks), by_user=by_user)
    if not found.total:
        raise InputError(f"{clicks}: holds no lists. Give a line for each list that was shown.")
    values = {"counted": "users" if by_user else "lists", "prefer_a": found.wins_a, "prefer_b": found.wins_b}
    show({**values, "ties": found.ties, "delta": found.delta, "p": found.p}, as_json=as_json)


COMMANDS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {"sample-size": sample_size, "assign": assign, "preference": preference}
)
"""By name, in the order of the help."""
