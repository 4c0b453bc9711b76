"""Token counting in few large calls.

Planning the chunks of a document needs counts several times, each time of texts that depend on the counts before. A plan
is therefore written as a generator that yields the texts it wants counted and is sent their counts; many plans are run
side by side, and each round is one call of the counter. Tokenizers are several times faster on large batches.
"""

from collections.abc import Generator, Sequence
from typing import TypeVar

from ingestion.chunkers.base import TokenCounter

T = TypeVar("T")

Counting = Generator[list[str], list[int], T]
"""A computation that asks for token counts on its way and returns a ``T``."""


def run_together(counter: TokenCounter, plans: Sequence[Counting[T]]) -> list[T]:
    """The results of ``plans``, in their order."""
    everything = together(plans)
    try:
        wanted = next(everything)
        while True:
            wanted = everything.send(counter.count_tokens(wanted) if wanted else [])
    except StopIteration as stop:
        results: list[T] = stop.value
        return results


def together(plans: Sequence[Counting[T]]) -> Counting[list[T]]:
    """The results of ``plans``, in their order, as a part of a larger plan: each round asks for what all of them want."""
    if len(plans) == 1:
        return [(yield from plans[0])]
    results: dict[int, T] = {}
    waiting: list[tuple[int, Counting[T], list[str]]] = []
    for index, plan in enumerate(plans):
        _advance(index, plan, None, results, waiting)
    while waiting:
        counts = yield [text for _, _, wanted in waiting for text in wanted]
        resumed, waiting = waiting, []
        at = 0
        for index, plan, wanted in resumed:
            _advance(index, plan, counts[at : at + len(wanted)], results, waiting)
            at += len(wanted)
    return [results[index] for index in range(len(plans))]


def _advance(
    index: int,
    plan: Counting[T],
    counts: list[int] | None,
    results: dict[int, T],
    waiting: list[tuple[int, Counting[T], list[str]]],
) -> None:
    try:
        wanted = next(plan) if counts is None else plan.send(counts)
    except StopIteration as stop:
        results[index] = stop.value
    else:
        waiting.append((index, plan, wanted))
