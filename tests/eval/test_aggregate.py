"""From rows to figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.aggregate import abstentions, slices, summarise, timings
from eval.bootstrap import mean_interval
from eval.metrics.abstention import Abstention
from eval.result import ExpectedDocument, MetricValue, QueryRow, Timings

NAMES = ["nDCG@10", "span_recall@10"]


def make_row(
    name: str, score: float | None, *, expected: bool = True, spans: int = 0, tags: tuple[str, ...] = (), failed: bool = False
) -> QueryRow:
    scores = {"nDCG@10": score, **({"span_recall@10": score} if spans else {})}
    return QueryRow(
        name,
        "?",
        tags,
        True,
        "error" if failed else "ok",
        expected=(ExpectedDocument("d", 1, 1),) if expected else (),
        spans=spans,
        metrics={key: value for key, value in scores.items() if value is not None},
    )


def test_the_mean_is_over_scored_rows_and_the_total_over_those_it_applies_to() -> None:
    rows = [make_row("a", 1.0), make_row("b", 0.5, spans=2), make_row("c", None, spans=1, failed=True)]
    rows.append(make_row("d", None, expected=False))
    figures = summarise(rows, NAMES)
    interval = mean_interval([1.0, 0.5])
    assert figures["nDCG@10"] == MetricValue(0.75, interval.low, interval.high, 2, 3)
    assert figures["span_recall@10"] == MetricValue(0.5, 0.5, 0.5, 1, 2)


def test_nothing_scored_is_none_and_not_zero() -> None:
    assert summarise([make_row("a", None, failed=True)], ["nDCG@10"]) == {"nDCG@10": MetricValue(None, None, None, 0, 1)}
    assert summarise([], ["nDCG@10"]) == {"nDCG@10": MetricValue(None, None, None, 0, 0)}
    assert slices([], NAMES) == {}
    assert timings([]) == {}
    assert abstentions([]) == Abstention(0, 0, 0, 0)


ROWS = st.lists(
    st.builds(
        lambda score, tags, failed: make_row("r", None if failed else score, tags=tuple(sorted(tags)), failed=failed),
        st.floats(0, 1),
        st.sets(st.sampled_from(["b", "a", "c"])),
        st.booleans(),
    ),
    max_size=12,
)


@given(ROWS)
def test_slices_add_up_to_the_rows_with_their_tag(rows: list[QueryRow]) -> None:
    parts = slices(rows, ["nDCG@10"])
    assert list(parts) == sorted({tag for row in rows for tag in row.tags})
    for tag, part in parts.items():
        of_tag = [row for row in rows if tag in row.tags]
        value = part.metrics["nDCG@10"]
        assert part.queries == len(of_tag) == value.total
        assert part.queries == part.errors + value.scored


def test_percentiles_are_interpolated_between_calls() -> None:
    rows = [QueryRow(str(n), "?", (), True, "ok", milliseconds=float(n), answer_milliseconds=None) for n in range(101)]
    rows.append(QueryRow("late", "?", (), True, "error", answer_milliseconds=7.0))
    assert timings(rows) == {"search": Timings(50.0, 95.0, 99.0, 101), "answer": Timings(7.0, 7.0, 7.0, 1)}
    assert timings(rows[:2])["search"].p95_ms == pytest.approx(0.95)
