"""A report is opened in a browser only where somebody sits in front of one."""

import sys
import webbrowser
from pathlib import Path

import pytest

from api.opening import open_page


class Browser:
    """Notes what it is asked to open."""

    def __init__(self, starts: bool = True) -> None:
        self.opened: list[str] = []
        self.starts = starts

    def open(self, url: str) -> bool:
        self.opened.append(url)
        return self.starts


@pytest.fixture
def at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    browser = Browser()
    monkeypatch.setattr(webbrowser, "get", lambda: browser)
    return browser


@pytest.mark.usefixtures("at_a_desk")
def test_at_a_desk_the_page_is_opened(browser: Browser, tmp_path: Path) -> None:
    assert open_page(tmp_path / "a report.html") == ""
    assert browser.opened == [(tmp_path / "a report.html").as_uri()]


@pytest.mark.usefixtures("at_a_desk")
@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"CI": "true"}, "this is a build"),
        ({"CI": "1"}, "this is a build"),
        ({"DISPLAY": ""}, "there is no screen"),
    ],
)
def test_it_is_not_opened_where_nobody_would_see_it(
    variables: dict[str, str], reason: str, browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert reason in open_page(tmp_path / "report.html")
    assert browser.opened == []


@pytest.mark.usefixtures("at_a_desk")
def test_it_is_not_opened_without_a_terminal(browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert open_page(tmp_path / "report.html") == "this is no terminal"
    assert browser.opened == []


@pytest.mark.usefixtures("at_a_desk")
def test_a_browser_that_is_not_there_is_told_of(browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    browser.starts = False
    assert open_page(tmp_path / "report.html") == "the browser did not start"

    def missing() -> Browser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", missing)
    assert "could not locate" in open_page(tmp_path / "report.html")
