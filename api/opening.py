"""Showing a report to whoever sits at the machine: in the default browser, and only where somebody can see it."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path


def open_page(page: Path) -> str:
    """Open a page in the default browser; what it returns is why it was not opened, empty where it was.

    Never in a build (the variable ``CI``), without a terminal or without a screen: a browser there would be a text browser that
    takes the terminal, or nothing at all.
    """
    reason = _why_not()
    if reason:
        return reason
    try:
        return "" if webbrowser.get().open(page.resolve().as_uri()) else "the browser did not start"
    except (webbrowser.Error, OSError) as error:
        return f"no browser was found ({error})"


def _why_not() -> str:
    if os.environ.get("CI", "").casefold() not in ("", "0", "false"):
        return "this is a build (the variable CI is set)"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "this is no terminal"
    if sys.platform not in ("darwin", "win32") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return ""
