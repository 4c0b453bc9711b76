"""Goals: what is wanted, read as people write it, and how far a point is from it."""

import pytest

from eval.tuning.goals import Goals, parse_bytes
from ragline.errors import InputError
from tests.eval.tuning.made_points import point


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("200MB", 200_000_000),
        ("1.5 GiB", 1_610_612_736),
        ("64kib", 65_536),
        (1e6, 1_000_000),
        (42, 42),
        ("7 b", 7),
        (None, None),
    ],
)
def test_sizes_are_read_as_people_write_them(text: float | str | None, size: int | None) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "much", "10 parsecs", "-3", "nan", float("inf"), True])
def test_what_is_no_size_is_refused_with_an_example(text: float | str) -> None:
    with pytest.raises(InputError, match="200MB"):
        parse_bytes(text)


@pytest.mark.parametrize(
    "wanted",
    [{"target_recall": 0}, {"target_recall": 1.01}, {"max_memory": 0}, {"p95_ms": -1.0}, {"p95_ms": float("nan")}],
)
def test_impossible_goals_are_refused(wanted: dict[str, float]) -> None:
    with pytest.raises(InputError, match="give a"):
        Goals(**wanted)  # type: ignore[arg-type]


def test_a_point_that_meets_all_misses_nothing() -> None:
    assert Goals(0.98, 1_000, 2.0).misses(point(recall_low=0.98, memory_bytes=1_000, p95_ms=2.0)) == ()
    assert Goals(0.98).misses(point(recall_low=0.99, memory_bytes=10**12, p95_ms=1e6)) == ()


def test_the_recall_that_counts_is_what_it_is_at_least() -> None:
    (miss,) = Goals(0.98).misses(point(recall=0.985, recall_low=0.975))
    assert (miss.goal, miss.wanted, miss.found) == ("target_recall", 0.98, 0.975)
    assert miss.factor == pytest.approx(1.25)  # 2.5 % lost where 2 % were allowed
    assert "0.0050 below 0.98" in str(miss)


def test_every_goal_that_is_missed_is_told_with_its_distance() -> None:
    misses = Goals(1.0, 10_000_000, 0.5).misses(point(recall_low=0.998, memory_bytes=25_000_000, p95_ms=0.75))
    assert [(miss.goal, pytest.approx(miss.factor)) for miss in misses] == [
        ("target_recall", 2.0),
        ("max_memory", 2.5),
        ("p95_ms", 1.5),
    ]
    assert "15.0 MB above 10.0 MB" in str(misses[1])
    assert "0.250 ms above 0.5 ms" in str(misses[2])
