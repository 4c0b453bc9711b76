"""The reports of a tuning: the same figures in each form, and a tuning that goes on where no chart can be drawn."""

import json
import sys
from pathlib import Path

import pytest

from eval.tuning.goals import Goals
from eval.tuning.outcome import TuneReport
from eval.tuning.report import write_reports
from ingestion.own_files import report_names
from tests.eval.tuning.made_points import point, report

GOALS = Goals(0.98, 50_000_000, 3.0)


def made() -> TuneReport:
    return report(
        GOALS,
        point(kind="flat", search={}, recall=1.0, recall_low=1.0, p50_ms=4.0, p95_ms=6.0, memory_bytes=30_000_000),
        point(p50_ms=0.5, p95_ms=0.7),
        point(kind="ivf-pq", search={"ivf_probes": 4, "over_fetch": 2}, recall=0.9, recall_low=0.88, p50_ms=0.1),
        skipped={"hnswlib": "hnswlib is not installed"},
    )


def test_all_forms_give_the_same_figures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    written = write_reports(made(), tmp_path / "report")
    assert set(written.files) == {"json", "markdown", "chart"}
    found = json.loads(Path(written.files["json"]).read_text())
    assert found["format"] == "ragline-tuning"
    assert found["met"]
    assert found["chosen"]["search"] == {"hnsw_ef_search": 150}
    assert [one["kind"] for one in found["points"]] == ["flat", "hnsw", "ivf-pq"]
    page = Path(written.files["markdown"]).read_text()
    assert "| chosen | hnsw, ef 150 | 0.9900 | 0.9850 | 0.500 | 0.700 |" in page
    assert "hnswlib is not installed" in page
    assert "![recall, latency and memory](tuning.png)" in page
    assert "p95 at most 3 ms" in page
    assert Path(written.files["chart"]).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert report_names(tmp_path / "report") == {"tuning.json", "tuning.md", "tuning.png"}


def test_the_chart_shows_every_point_and_both_goals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    from eval.tuning.pareto import draw_pareto

    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    draw_pareto(made(), tmp_path / "chart.png")
    (axes,) = drawn[0].axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [
        "flat, 30.0 MB",
        "hnsw, 0.0 MB",
        "ivf-pq, 0.0 MB",
        "front",
        "goal: recall 0.98",
        "goal: p95 3 ms",
        "chosen",
    ]
    areas = [float(marks.get_sizes()[0]) for marks in axes.collections]
    assert areas[0] > 10 * areas[1], "memory is the area"
    low, high = axes.get_ylim()
    heights = [float(marks.get_offsets()[0][1]) for marks in axes.collections]
    assert all(low < height < high for height in heights)


def test_without_matplotlib_the_report_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tuning.png").write_bytes(b"the chart of another tuning")
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    written = write_reports(made(), tmp_path)
    assert set(written.files) == {"json", "markdown"}
    assert not (tmp_path / "tuning.png").exists()
    for path in written.files.values():
        assert "pip install 'ragline[plot]'" in Path(path).read_text()
