"""The doctor looks at what a judge needs where one is set, and only there."""

from pathlib import Path

import pytest

import ragline
from eval.judges.ragas import library
from ragline.errors import MissingExtra


def test_a_judge_that_cannot_be_asked_is_found_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise MissingExtra("ragas", extra="eval", purpose="Judging answers with ragas", cause="ImportError: no vertexai")

    monkeypatch.setattr(library, "load_ragas", broken)
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        assert kb.doctor().ok
    with ragline.open(tmp_path / "kb", judge_model="openai/gpt-4o-mini") as kb:
        report = kb.doctor()
    assert not report.ok
    finding = report.findings[-1]
    assert finding.check == "judge"
    assert "does not import (ImportError: no vertexai)" in finding.problem
    assert finding.repair == "install it with: pip install 'ragline[eval]'"
