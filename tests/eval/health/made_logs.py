"""Query logs as a collection in service writes them, with what is to be found planted."""

from collections.abc import Callable
from typing import Any

import numpy as np

from indexes.query_log import LogRow, Passage

NOW = 1_800_000_000.0
DAY = 86_400.0


def made_rows(
    count: int,
    days: tuple[float, float],
    seed: int,
    *,
    change: Callable[[dict[str, Any], np.random.Generator], None] | None = None,
) -> list[LogRow]:
    """``count`` rows asked between so many days before :data:`NOW`; half of them answers."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        made: dict[str, Any] = {
            "score": float(draw.gamma(9, 0.1)),
            "empty": draw.random() < 0.03,
            "abstained": draw.random() < 0.15,
            "ms": float(draw.lognormal(3, 0.5)),
            "verdict": "down" if draw.random() < 0.3 else "up",
            "judged": draw.random() < 0.5,
            "query": f"question {seed} {number}",
        }
        if change is not None:
            change(made, draw)
        is_answer = number % 2 == 0
        passages = () if made["empty"] else (Passage("d", "c", 1, made["score"], cited=True),)
        rows.append(
            LogRow(
                log_id=f"{seed}-{number}",
                asked_at=NOW - DAY * float(draw.uniform(*days)),
                query=made["query"],
                passages=passages,
                answer="a" if is_answer else None,
                abstained=bool(made["abstained"] or made["empty"]) if is_answer else None,
                details={"ms": made["ms"], "mode": "hybrid"},
                verdict=made["verdict"] if made["judged"] else None,
            )
        )
    return rows


def made_log(
    seed: int,
    *,
    current: int = 300,
    reference: int = 900,
    change: Callable[[dict[str, Any], np.random.Generator], None] | None = None,
) -> list[LogRow]:
    """Four weeks without and a last one with a change."""
    return [*made_rows(reference, (7.001, 34.9), 2 * seed), *made_rows(current, (0.001, 6.999), 2 * seed + 1, change=change)]
