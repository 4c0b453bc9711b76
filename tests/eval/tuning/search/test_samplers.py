"""Samplers: the same seed, the same points; a grid is gone through once; TPE finds a peak with fewer trials than chance."""

from typing import Any

import pytest

from eval.tuning.search.dimensions import Dimension
from eval.tuning.search.samplers import Sampler, sampler_of
from ragline.errors import InputError

DIMENSIONS = (
    Dimension("fusion", ("rrf", "dbsf", "min-max"), is_ordered=False),
    Dimension("depth", tuple(range(1, 21)), is_ordered=True),
    Dimension("rrf_k", tuple(range(1, 21)), is_ordered=True),
)


def quality(point: Any) -> float:
    return (point["fusion"] == "dbsf") - abs(point["depth"] - 13) / 20 - abs(point["rrf_k"] - 5) / 20


def run(sampler: Sampler, count: int) -> list[dict[str, Any]]:
    points = []
    for _ in range(count):
        point = sampler.ask()
        if point is None:
            break
        sampler.tell(point, quality(point))
        points.append(dict(point))
    return points


@pytest.mark.parametrize("name", ["tpe", "grid"])
def test_the_same_seed_proposes_the_same_points(name: str) -> None:
    assert run(sampler_of(name, DIMENSIONS, 3), 30) == run(sampler_of(name, DIMENSIONS, 3), 30)
    assert run(sampler_of(name, DIMENSIONS, 3), 30) != run(sampler_of(name, DIMENSIONS, 4), 30)


def test_the_grid_is_gone_through_once() -> None:
    points = run(sampler_of("grid", DIMENSIONS, 0), 5_000)
    assert len(points) == 3 * 20 * 20
    assert len({tuple(point.values()) for point in points}) == len(points)


def test_a_huge_grid_takes_no_memory() -> None:
    many = tuple(Dimension(f"s{number}", tuple(range(50)), is_ordered=True) for number in range(12))
    assert sampler_of("grid", many, 0).ask() is not None


def test_tpe_learns_from_what_it_is_told() -> None:
    best = {
        name: [max(map(quality, run(sampler_of(name, DIMENSIONS, seed), 60))) for seed in range(5)] for name in ("tpe", "grid")
    }
    assert sum(best["tpe"]) > sum(best["grid"])


def test_a_failure_is_told_too() -> None:
    sampler = sampler_of("tpe", DIMENSIONS, 0)
    sampler.tell({"fusion": "rrf", "depth": 1, "rrf_k": 1}, 0.5)  # the point in use, which was not asked for
    point = sampler.ask()
    assert point is not None
    sampler.tell(point, None)
    assert sampler.ask() is not None


def test_another_name_is_refused() -> None:
    with pytest.raises(InputError, match="auto, tpe, grid"):
        sampler_of("annealing", DIMENSIONS, 0)


def test_without_optuna_it_is_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert sampler_of("auto", DIMENSIONS, 0).name == "grid"
    with pytest.raises(ImportError, match=r"ragline\[tuning\]"):
        sampler_of("tpe", DIMENSIONS, 0)
