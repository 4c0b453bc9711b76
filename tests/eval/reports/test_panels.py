"""The figures in the panels, the badges and the charts of the HTML report."""

import re
from dataclasses import replace

import pytest

from eval.metrics.abstention import Abstention
from eval.reports.html_cost import LATENCY_BINS
from eval.reports.html_report import html_report
from eval.reports.svg import histogram, interval_bar, share_bar
from eval.reports.text import interval, label, milliseconds, scored
from eval.result import EvalResult, ExpectedDocument, MetricValue, QueryRow, Timings

Shape = tuple[float, ...]


def rectangles(svg: str) -> list[Shape]:
    """(x, y, width, height) of each rectangle."""
    pattern = r'<rect[^>]*? x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"'
    return [tuple(map(float, found)) for found in re.findall(pattern, svg)]


def panel(result: EvalResult, name: str) -> str:
    """The part of the page under the heading ``name``."""
    text = html_report(result)
    start = text.index(f'aria-labelledby="{name}"')
    return text[start : text.index("</section>", start)]


def cells(part: str) -> list[str]:
    """The text of each cell, tags taken out."""
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", part, re.DOTALL)]


def row(query_id: str, rank: int | None, **changes: object) -> QueryRow:
    """A row with one relevant document at ``rank``, and whatever else is given."""
    plain = QueryRow(query_id, f"what is {query_id}?", (), True, "ok", expected=(ExpectedDocument("d", 1, rank),))
    return replace(plain, **{"metrics": {"nDCG@10": 0.5}, **changes})  # type: ignore[arg-type]


def test_an_interval_is_drawn_from_low_to_high_with_a_tick_at_the_mean() -> None:
    track, band, tick = rectangles(interval_bar(MetricValue(0.5, 0.25, 0.75, 4, 4)))
    assert (track[0], track[2]) == (0, 100)
    assert (band[0], band[2]) == (25, 50)
    assert (tick[0], tick[2]) == (49, 2)


def test_a_narrow_interval_stays_visible() -> None:
    _, band, tick = rectangles(interval_bar(MetricValue(0.0, 0.0, 0.0, 4, 4)))
    assert band[2] == 0.5
    assert tick[0] == 0


def test_bars_stand_side_by_side_on_the_ground_and_scale_with_the_highest() -> None:
    first, second, last = rectangles(histogram([2, 4, 0, 1000]))
    assert [bar[0] for bar in (first, second, last)] == pytest.approx([2.5, 27.5, 77.5])
    assert {bar[2] for bar in (first, second, last)} == {20}
    assert last[3] == 60
    assert first[3] == second[3] == 1
    assert all(bar[1] + bar[3] == 60 for bar in (first, second, last))


def test_marks_stand_at_their_share_of_the_width() -> None:
    svg = histogram([1], [0.25, 1.0])
    assert re.findall(r'<line x1="([\d.]+)" x2="([\d.]+)" y1="(\d+)" y2="(\d+)"', svg) == [
        ("25.00", "25.00", "0", "60"),
        ("100.00", "100.00", "0", "60"),
    ]


def test_a_share_fills_its_part_of_the_track() -> None:
    track, fill = rectangles(share_bar(0.4))
    assert (track[2], fill[2]) == (100, 40)


def test_first_relevant_documents_are_counted_by_rank(result: EvalResult) -> None:
    ranks = [1, 1, 1, 1, 2, 3, 4, 5, 6, 10, 11, None]
    rows = [row(f"q{place}", rank) for place, rank in enumerate(ranks)]
    rows.append(row("failed", None, metrics={}, status="error"))
    rows.append(row("none expected", None, expected=()))
    part = panel(replace(result, rows=tuple(rows)), "ranks")
    assert cells(part)[3:] == [
        "1",
        "",
        "4",
        "2",
        "",
        "1",
        "3",
        "",
        "1",
        "4 – 5",
        "",
        "2",
        "6 – 10",
        "",
        "2",
        "beyond 10",
        "",
        "2",
    ]
    shares = [shape[2] for shape in rectangles(part)][1::2]
    assert shares == pytest.approx([100 * count / 12 for count in (4, 1, 1, 2, 2, 2)], abs=0.01)


def test_latency_counts_every_call_and_keeps_outliers_in_the_last_bar(result: EvalResult) -> None:
    times = [0.0, 1.0, 1.5, 29.5, 31.0, 5000.0]
    rows = tuple(row(f"q{place}", 1, milliseconds=value) for place, value in enumerate(times))
    timings = {"search": Timings(p50_ms=15, p95_ms=28, p99_ms=30, count=len(times))}
    part = panel(replace(result, rows=rows, timings=timings), "latency-search")
    bars = rectangles(part)
    step = 100 / LATENCY_BINS
    assert [bar[0] for bar in bars] == pytest.approx([0.1 * step, 1.1 * step, 29.1 * step], abs=0.01)
    assert [bar[3] for bar in bars] == pytest.approx([20, 40, 60])
    assert re.findall(r'x1="([\d.]+)"', part) == ["50.00", "93.33"]
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", part) == [("p50", "15 ms"), ("p95", "28 ms"), ("p99", "30 ms")]
    assert "30 ms and more" in part
    assert "6 calls" in part


def test_calls_that_took_no_time_are_drawn_too(result: EvalResult) -> None:
    timings = {"search": Timings(0, 0, 0, 1)}
    part = panel(replace(result, rows=(row("q", 1, milliseconds=0.0),), timings=timings), "latency-search")
    assert len(rectangles(part)) == 1


def test_search_and_answer_have_their_own_latencies(result: EvalResult) -> None:
    rows = (row("q", 1, milliseconds=1.0, answer_milliseconds=9.0), row("r", 1, milliseconds=9.0, answer_milliseconds=9.0))
    both = replace(result, rows=rows, timings={"search": Timings(5, 9, 9, 2), "answer": Timings(9, 9, 9, 2)})
    assert len(rectangles(panel(both, "latency-search"))) == 2
    assert len(rectangles(panel(both, "latency-answer"))) == 1


def test_abstentions_are_a_table_of_four_with_right_and_wrong_told_apart(result: EvalResult) -> None:
    part = panel(replace(result, abstention=Abstention(6, 0, 3, 1234, 2)), "abstention")
    assert cells(part)[3:] == ["unanswerable", "6", "0", "answerable", "3", "1,234"]
    assert re.findall(r'<td class="number ?(\w*)"', part) == ["good", "", "bad", "good"]
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", part) == [
        ("precision", "0.67 (0.35 – 0.88)"),
        ("recall", "1.00 (0.61 – 1.00)"),
        ("false alarms", "0.00 (0.00 – 0.01)"),
    ]
    assert "1,245 questions; 2 gave an error" in part


@pytest.mark.parametrize(
    ("changes", "badge"),
    [
        ({"status": "error", "error": "search: boom"}, ("bad", "error")),
        ({"metrics": {"nDCG@10": 0.499}}, ("bad", "0.499")),
        ({"metrics": {"nDCG@10": 0.5}}, ("good", "0.500")),
        ({"metrics": {}, "answerable": False, "abstained": True}, ("good", "abstained")),
        ({"metrics": {}, "answerable": False, "abstained": False}, ("bad", "answered")),
        ({"metrics": {}, "answerable": False, "abstained": None}, ("", "not scored")),
        ({"metrics": {}, "abstained": True}, ("", "not scored")),
    ],
)
def test_the_badge_of_a_question(result: EvalResult, changes: dict[str, object], badge: tuple[str, str]) -> None:
    shown = replace(row("q", 1), **changes)  # type: ignore[arg-type]
    text = html_report(replace(result, rows=(shown,)))
    assert re.findall(r'<span class="badge ?(\w*)">(.*?)</span>', text) == [badge]


def test_expected_documents_show_rank_grade_and_quotes(result: EvalResult) -> None:
    expected = (ExpectedDocument("a.md", 2, 3, ("one", "two", "three", "four")), ExpectedDocument("b.md", 1, None))
    text = html_report(replace(result, rows=(row("q", None, expected=expected),)))
    assert '<code>a.md</code> <span class="mark good">rank 3, grade 2</span>' in text
    assert '<code>b.md</code> <span class="mark bad">not found</span>' in text
    assert re.findall(r"<q dir=\"auto\">(\w+)</q>", text) == ["one", "two", "three"]


def test_an_empty_result_is_told_from_a_failed_one(result: EvalResult) -> None:
    told = "Nothing was found."
    assert told in html_report(replace(result, rows=(row("q", None),)))
    assert told not in html_report(replace(result, rows=(row("q", None, status="error", error="search: boom"),)))
    assert told not in html_report(replace(result, rows=(replace(result.rows[0], error=""),)))


def test_cells_tell_what_could_not_be_scored(result: EvalResult) -> None:
    text = panel(result, "quality")
    assert '<span class="bad"> 4/5</span>' in text
    complete = {name: MetricValue(0.5, 0.4, 0.6, 5, 5) for name in result.metrics}
    assert 'class="bad"' not in panel(replace(result, metrics=complete), "quality")


def test_figures_at_their_limits() -> None:
    assert [milliseconds(value) for value in (0.0, 0.999, 1.0, 9.9, 10.0, 999.4, 1000.0)] == [
        "0.00 ms",
        "1.00 ms",
        "1.0 ms",
        "9.9 ms",
        "10 ms",
        "999 ms",
        "1.0 s",
    ]
    assert interval(MetricValue(0.5, 0.25, 0.75, 1, 2)) == "0.25 – 0.75"
    assert interval(MetricValue(None, None, None, 0, 2)) == ""
    assert scored(MetricValue(0.5, 0.25, 0.75, 1, 2)) == "1/2"
    assert label("hit_rate@10") == "hit rate@10"
