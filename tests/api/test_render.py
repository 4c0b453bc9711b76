"""What a terminal shows while long work runs."""

import io

from rich.console import Console

from api.render import progress_bar


def shown(done: int, total: int | None, seconds: float) -> str:
    """The bar after ``done`` of ``total`` documents in ``seconds``, an equal share of them every second."""
    now = 0.0
    console = Console(file=io.StringIO(), force_terminal=True, width=140, color_system=None)
    bar = progress_bar("documents", console)
    bar.get_time = lambda: now
    task = bar.add_task("ingest", total=total, note="12 chunks embedded")
    for second in range(1, int(seconds) + 1):
        now = float(second)
        bar.update(task, completed=done * second / seconds)
    with console.capture() as capture:
        console.print(bar.get_renderable())
    return " ".join(capture.get().split())


def test_the_bar_shows_count_share_rate_and_time_left() -> None:
    text = shown(done=30, total=90, seconds=10)
    for part in ("ingest", "30/90", "33%", "3.0 documents/s", "0:00:20", "12 chunks embedded"):
        assert part in text


def test_a_stream_of_unknown_length_has_a_rate_too() -> None:
    text = shown(done=5, total=None, seconds=10)
    assert "5/?" in text
    assert "0.5 documents/s" in text


def test_there_is_no_rate_before_anything_is_done() -> None:
    assert "documents/s" not in shown(done=0, total=10, seconds=0)
