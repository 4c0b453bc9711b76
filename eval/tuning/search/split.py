"""Dividing the judged queries: settings are chosen by one part, and the choice is judged by the other."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from eval.golden import GoldenItem, GoldenSet, golden_set
from ragline.errors import GoldenSetError, InputError

HELD_OUT = 0.5
"""Share of the queries that the choice is judged by. Half: what is found on few queries holds on few others, but a gain that
the held-out part is too small to show is not recommended either."""

LEAST_QUERIES = 20
"""Of each part: an interval over fewer is wider than any difference between two sane settings."""


@dataclass(frozen=True, slots=True)
class Split:
    """The two parts, each a golden set of its own, and what tells them from any other split."""

    train: GoldenSet
    held_out: GoldenSet
    seed: int

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of the sorted ids of each part."""
        return {"train_ids_sha256": _digest(self.train.items), "held_out_ids_sha256": _digest(self.held_out.items)}


def split(golden: GoldenSet, *, held_out: float = HELD_OUT, seed: int = 0) -> Split:
    """The questions with a relevant document in two parts, drawn by the hash of their words and ``seed``.

    Questions with the same words are on the same side, whatever their ids. The order and the number of the other questions
    change nothing of where one goes but at the border. Raises :class:`InputError` for a share that leaves a part empty,
    :class:`GoldenSetError` where a part has fewer than :data:`LEAST_QUERIES`.
    """
    if not 0 < held_out < 1:
        raise InputError(f"held_out is {held_out}; give the share of the queries that the choice is judged by, such as 0.5.")
    usable = [item for item in golden.items if any(grade > 0 for grade in item.grades.values())]
    groups: dict[str, list[GoldenItem]] = {}
    for item in usable:
        groups.setdefault(_draw(item.query, seed), []).append(item)
    wanted, own = round(len(usable) * held_out), list[GoldenItem]()
    for _, items in sorted(groups.items()):
        if len(own) < wanted:
            own += items
    ids = {item.id for item in own}
    others = [item for item in usable if item.id not in ids]
    if min(len(own), len(others)) < LEAST_QUERIES:
        raise GoldenSetError(
            f"golden set {golden.name!r}: {len(usable)} questions with relevant documents make {len(others)} to choose by and "
            f"{len(own)} to judge the choice by. Judge questions until both are at least {LEAST_QUERIES}."
        )
    kept = [item for item in usable if item.id in ids]
    return Split(golden_set(f"{golden.name}, train", others), golden_set(f"{golden.name}, held out", kept), seed)


def _draw(query: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}\n{' '.join(query.casefold().split())}".encode("utf-8", "surrogatepass")).hexdigest()


def _digest(items: Iterable[GoldenItem]) -> str:
    return hashlib.sha256("\n".join(sorted(item.id for item in items)).encode("utf-8", "surrogatepass")).hexdigest()
