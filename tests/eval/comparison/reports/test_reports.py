"""The reports of a comparison: JSON, Markdown, HTML."""

import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.comparison.compare import compare_results
from eval.comparison.comparison import Comparison
from eval.comparison.gate import parse_gates
from eval.comparison.reports import write_comparison
from eval.comparison.reports.figures import probability, signed
from eval.comparison.reports.html_report import html_report
from eval.comparison.reports.markdown_report import markdown_report
from eval.judges.base import Score
from eval.reports import write_reports
from eval.result import EvalResult
from ingestion.own_files import report_names
from ragline.errors import InputError

MakeResult = Callable[..., EvalResult]
HOSTILE = '<script>alert("1")</script> | *bold* `code`'


@pytest.fixture
def comparison(make_result: MakeResult) -> Comparison:
    """A loss, a win, a tie, a failure; answers judged on one query; names and documents that are markup."""
    judged = {"lost": {"faithfulness": Score(0.9, "scored")}}
    a = make_result(
        {"lost": 0.9, "won": 0.2, "even": 1.0, "broken": 0.5}, answers=judged, rankings={"lost": ["doc", HOSTILE, "x"]}
    )
    b = make_result({"lost": 0.4, "won": 0.6, "even": 1.0, "broken": None}, answers=judged, rankings={"lost": ["x", "doc"]})
    rows = tuple(replace(row, query=HOSTILE) if row.id == "lost" else row for row in a.rows)
    other = tuple(replace(row, query=HOSTILE) if row.id == "lost" else row for row in b.rows)
    return compare_results(
        replace(a, rows=rows, configuration={"rrf_k": 60}),
        replace(b, rows=other, configuration={"rrf_k": 30}),
        names=("before", HOSTILE),
        gates=parse_gates("nDCG@10:-0.01,faithfulness:-0.02"),
        max_missing=0.5,
    )


def test_the_json_report_says_everything(comparison: Comparison, tmp_path: Path) -> None:
    files = write_comparison(comparison, tmp_path / "made" / "here")
    found = json.loads(files["json"].read_text())
    assert found["format"] == "ragline-comparison"
    assert found["metrics"]["nDCG@10"]["difference"] == pytest.approx(-0.1 / 3)
    assert found["metrics"]["nDCG@10"]["unpaired"] == [{"id": "broken", "a": "", "b": "search: TimeoutError: too slow"}]
    assert found["changed_settings"] == {"rrf_k": [60, 30]}
    assert found["passed"] is False
    assert [gate["passed"] for gate in found["gates"]] == [False, True]
    assert [query["id"] for query in found["queries"]] == ["lost", "won"]
    changes = {hit["doc_id"]: hit["change"] for hit in found["queries"][0]["hits"]}
    assert changes == {"x": "moved", "doc": "moved", HOSTILE: "left"}


def test_the_markdown_report_has_no_markup_of_data(comparison: Comparison) -> None:
    page = markdown_report(comparison)
    assert "<script>" not in page
    assert "Failed." in page
    assert "| nDCG@10 | 0.700 | 0.667 | -0.033 |" in page
    assert "broken" in page


class Outline(HTMLParser):
    """The tags that are open at the end, those that came, and every id."""

    VOID = frozenset({"meta", "rect", "line", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.ids: list[str] = []
        self.labelled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        given = dict(attrs)
        self.ids += [str(given["id"])] if "id" in given else []
        self.labelled += [str(given["aria-labelledby"])] if "aria-labelledby" in given else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_html_report_is_well_formed_and_escapes_what_comes_from_data(comparison: Comparison) -> None:
    page = html_report(comparison)
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert "script" not in outline.seen
    assert "link" not in outline.seen
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.labelled) <= set(outline.ids)
    assert "default-src 'none'" in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace('http-equiv="', "")


def test_a_comparison_of_nothing_that_changed_is_told(make_result: MakeResult) -> None:
    a = make_result({"q1": 1.0})
    same = compare_results(a, a)
    assert "Nothing changed on any query." in markdown_report(same)
    assert "0 changed, 1 did not" in html_report(same)


def test_figures() -> None:
    assert [signed(value) for value in (0.0124, -0.01, 0.0, -0.0001, None)] == ["+0.012", "-0.010", "0.000", "0.000", "–"]
    assert [probability(p) for p in (0.0001, 0.0344, 1.0, None)] == ["< 0.001", "0.034", "1.000", "–"]


def test_a_folder_that_cannot_be_made_is_told(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        write_comparison(comparison, tmp_path / "file")


def test_reports_are_kept_out_of_an_ingest_beside_others(
    comparison: Comparison, make_result: MakeResult, tmp_path: Path
) -> None:
    files = {*write_reports(make_result({"q1": 1.0}), tmp_path).values(), *write_comparison(comparison, tmp_path).values()}
    assert {path.name for path in files} <= report_names(tmp_path)
