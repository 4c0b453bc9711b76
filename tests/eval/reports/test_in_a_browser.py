"""The page in a real Chromium: at the width of a desktop and of a phone, in both colour schemes, and printed."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.reports import write_reports
from eval.result import EvalResult
from tests.eval.reports.chromium import Browser

pytestmark = pytest.mark.slow

OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
# what sticks out of the window, unless something around it scrolls or clips
STICKING_OUT = """
[...document.querySelectorAll('body *')].filter(each => {
  const box = each.getBoundingClientRect();
  if (box.width === 0 || (box.right <= innerWidth + 0.5 && box.left >= -0.5)) return false;
  for (let above = each; above; above = above.parentElement)
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(above).overflowX)) return false;
  return true;
}).map(each => each.tagName + '.' + each.className)
"""
# text that lies over other text: cells of a table row whose contents are wider than they are
SPILLING = """
[...document.querySelectorAll('th, td, dd, .badge')].filter(each => {
  if (getComputedStyle(each).display === 'none' || each.clientWidth === 0) return false;
  return each.scrollWidth > each.clientWidth + 1;
}).map(each => each.tagName + ': ' + each.textContent.slice(0, 40))
"""


@pytest.fixture
def page(full: EvalResult, tmp_path: Path) -> Path:
    return write_reports(full, tmp_path)["html"]


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


def test_an_interval_and_its_count_stand_on_one_line(full: EvalResult, browser: Browser, tmp_path: Path) -> None:
    value = replace(next(iter(full.metrics.values())), scored=11873, total=11873, low=0.8, high=0.95)
    many = {f"metric{number}@{k}": value for number in range(10) for k in full.ks}
    page = write_reports(replace(full, metrics=many, slices={}), tmp_path)["html"]
    heights = "[...document.querySelectorAll('.cards .range')].filter(each => each.children.length > 1).map(each => "
    heights += "each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight))"
    browser.show(page, width=1280)
    lines = browser.value(heights)
    assert len(lines) > 10
    assert max(lines) < 1.5


def test_the_colour_schemes_differ(page: Path, browser: Browser) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        browser.show(page, width=1280, scheme=scheme)
        grounds.append(browser.value("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(246, 246, 243)", "rgb(19, 21, 25)"]


def test_a_judge_below_its_bound_is_told_in_red(full: EvalResult, browser: Browser, tmp_path: Path) -> None:
    assert full.judge is not None
    browser.show(write_reports(full, tmp_path)["html"], width=1280)
    assert browser.value("document.querySelector('.judge .warning')") is None
    poor = replace(full, judge=replace(full.judge, bound=0.95))
    browser.show(write_reports(poor, tmp_path)["html"], width=1280)
    warning = "document.querySelector('.judge .warning')"
    assert "not to be believed" in browser.value(f"{warning}.textContent")
    assert browser.value(f"getComputedStyle({warning}).color") == "rgb(163, 39, 27)"


def test_a_link_of_a_cause_opens_its_question(page: Path, browser: Browser) -> None:
    browser.show(page, width=1280)
    target = "document.querySelector(document.querySelector('.examples a').getAttribute('href'))"
    browser.value(f"{target}.closest('details').open = false")
    browser.value("document.querySelector('.examples a').click()")
    assert browser.value(f"{target}.closest('details').open")


def test_everything_that_scrolls_or_opens_is_reached_by_the_keyboard(page: Path, browser: Browser) -> None:
    browser.show(page, width=390)
    scrolling = "[...document.querySelectorAll('*')].filter(each => each.scrollWidth > each.clientWidth + 1 && "
    scrolling += "getComputedStyle(each).overflowX === 'auto').every(each => each.tabIndex === 0)"
    assert browser.value(scrolling)
    for key in ("rawKeyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=key, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def printed(browser: Browser, page: Path, file: Path) -> list[str]:
    """The text of each printed page."""
    pypdfium2 = pytest.importorskip("pypdfium2")
    browser.show(page, width=1280)
    browser.pdf(file)
    document = pypdfium2.PdfDocument(file)
    pages = [" ".join(each.get_textpage().get_text_range().split()) for each in document]
    document.close()
    return pages


def test_it_prints_the_settings_and_the_worst_questions_though_they_are_folded_up(
    page: Path, browser: Browser, tmp_path: Path
) -> None:
    text = " ".join(printed(browser, page, tmp_path / "page.pdf"))
    for told in ("Retrieval quality", "What went wrong", "flag yes", "passage 1 of about", "It is absent."):
        assert told in text, told
    assert "How it came there" not in text


def test_many_questions_are_no_hundreds_of_pages(full: EvalResult, browser: Browser, tmp_path: Path) -> None:
    rows = tuple(replace(full.rows[0], id=f"q{number}", query=f"question {number}?") for number in range(150))
    page = write_reports(replace(full, rows=rows), tmp_path)["html"]
    pages = printed(browser, page, tmp_path / "page.pdf")
    assert len(pages) < 25
    assert "question 149?" in " ".join(pages)
