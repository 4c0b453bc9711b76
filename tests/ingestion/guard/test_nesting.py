"""Nesting of HTML is judged by its tags, before a tree is built."""

import time
from contextlib import suppress

import pytest

from ingestion.guard.nesting import check_html_nesting
from ragline.errors import ParseError


@pytest.mark.parametrize(
    "part", ["<div>", "<ul><li>x", "<table><tr><td>", "<article>", "<blockquote>\n", "<pre>", "<svg><div/>", "<DIV>", "<x-y>"]
)
def test_a_hundred_thousand_elements_one_in_the_other_are_refused(part: str) -> None:
    started = time.process_time()
    with pytest.raises(ParseError, match="nested so deeply that reading would take minutes; flatten the page"):
        check_html_nesting(part * 100_000)
    assert time.process_time() - started < 2


def test_elements_that_differ_are_refused_too() -> None:
    """Formatting elements with different attributes are all opened again (WHATWG HTML, section 13.2.4.3)."""
    with pytest.raises(ParseError, match="nested so deeply"):
        check_html_nesting("".join(f"<i a{number}>" for number in range(100_000)))


def test_many_small_elements_at_some_depth_are_refused() -> None:
    with pytest.raises(ParseError, match="nested so deeply"):
        check_html_nesting("<div>" * 20_000 + "<p>x" * 50_000)


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 10_000 + "</div>" * 10_000,
        "<p>one<p>two<br><img src=x>" * 100_000,
        "<table>" + "<tr><td>1<td>2" * 100_000,
        "<ul>" + "<li>x" * 100_000 + "</ul>",
        "<div><span>x</span></div>" * 100_000,
        "<svg>" + "<path d='M0 0'/>" * 100_000 + "</svg>",
        "<script>" + "document.write('<div>');" * 100_000 + "</script><p>x",
        "<!--" + "<div>" * 100_000 + "--><p>x",
        "<!--" + "<div>" * 100_000,
        "<font>" * 500 + "<p>word <b>bold</b>" * 5_000,
        "a < b " * 100_000,
        "</div>" * 100_000,
    ],
    ids=lambda page: page[:30],
)
def test_large_pages_pass_and_soon(page: str) -> None:
    started = time.process_time()
    check_html_nesting(page)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("part", ["<", "<a", "<a ", "<!--", "<!", "</", "</a", "<svg><a ", "<script", "<style>", "<svg/>"])
def test_broken_tags_are_looked_at_once(part: str) -> None:
    started = time.process_time()
    with suppress(ParseError):
        check_html_nesting(part * (1_000_000 // len(part)))
    assert time.process_time() - started < 3
