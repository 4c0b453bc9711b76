"""The page of a comparison in a real Chromium, at the width of a desktop and of a phone, in both colour schemes."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.comparison.compare import compare_results
from eval.comparison.gate import parse_gates
from eval.comparison.reports import write_comparison
from eval.result import EvalResult
from tests.eval.reports.chromium import Browser
from tests.eval.reports.test_in_a_browser import OPEN_ALL, SPILLING, STICKING_OUT

pytestmark = pytest.mark.slow


@pytest.fixture
def page(full: EvalResult, tmp_path: Path) -> Path:
    """A loss, a win, rankings turned round, missing scores, two gates, a long name, and judges that differ."""
    rows = []
    for row in full.rows:
        metrics = {name: round(abs(score - (0.4 if len(row.id) % 2 else 1.0)), 3) for name, score in row.metrics.items()}
        turned = tuple(replace(each, rank=place) for place, each in enumerate(reversed(row.ranking), start=1))
        rows.append(replace(row, metrics=metrics, ranking=turned, scores={}))
    other = replace(full, rows=tuple(rows), judge=None, configuration={**full.configuration, "whole": 4})
    names = ("before", "a-name-of-a-configuration-that-is-very-long-and-has-no-place-to-break=" + "1" * 40)
    gates = parse_gates("nDCG@10:-1,faithfulness:-0.02")
    return write_comparison(compare_results(full, other, names=names, gates=gates), tmp_path)["html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_said_on_the_console_and_nothing_sticks_out(page: Path, browser: Browser, width: int, scheme: str) -> None:
    browser.show(page, width=width, scheme=scheme)
    for _ in range(2):
        assert browser.complaints == []
        assert browser.value("document.documentElement.scrollWidth") <= width
        assert browser.value(STICKING_OUT) == []
        assert browser.value(SPILLING) == []
        browser.value(OPEN_ALL)


def test_scores_of_an_answer_stand_below_it(page: Path, browser: Browser) -> None:
    browser.show(page, width=1280)
    assert browser.value("getComputedStyle(document.querySelector('.answer .note')).display") == "block"


def test_it_says_what_failed_and_what_changed(page: Path, browser: Browser) -> None:
    browser.show(page, width=1280)
    text = browser.value("document.body.innerText")
    for told in ("Gates: failed", "Before you read on", "Settings that differ", "Not compared", "Questions, losses first"):
        assert told in text
    assert browser.value("[...document.querySelectorAll('.documents .mark')].length") > 0
