"""A collection's own threshold of abstention: chosen on a golden set, stored with its evidence, used by every later answer."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from ragline.errors import InputError
from retrieval.answers.calibrated import KEY

PARTS = ("pump", "valve", "filter", "boiler", "sensor", "bracket", "gauge", "hose", "motor", "clamp", "piston", "nozzle")
DOCUMENTS = [
    ragline.Document(f"{part}.md", f"The {part} weighs {number + 3} kilograms. It is made of steel in Tarragona.", title=part)
    for number, part in enumerate(PARTS)
]


def golden(folder: Path, answerable: int = len(PARTS), unanswerable: int = len(PARTS)) -> Path:
    lines: list[dict[str, Any]] = [
        {"id": f"a{part}", "query": f"How much does the {part} weigh?", "relevant": [{"doc_id": f"{part}.md"}]}
        for part in PARTS[:answerable]
    ]
    lines += [
        {"id": f"u{part}", "query": f"Who repairs the violin for concert number {number}?", "answerable": False}
        for number, part in enumerate(PARTS[:unanswerable])
    ]
    path = folder / "golden.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture
def kb(tmp_path: Path) -> Any:
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        collection.ingest(DOCUMENTS)
        yield collection


def test_the_threshold_is_stored_with_its_evidence_and_decides_from_then_on(kb: ragline.Collection, tmp_path: Path) -> None:
    report = kb.calibrate(golden(tmp_path))
    assert (report.applied, report.note, report.failed) == (True, "", {})
    assert (report.answerable, report.unanswerable) == (12, 12)
    assert report.held_out.f1 == report.auroc.mean == 1.0
    kb.close()
    with ragline.open(tmp_path / "kb") as again:
        stored = again.calibrated
        assert stored is not None
        assert (stored.threshold, stored.golden_sha256) == (report.threshold, report.golden_sha256)
        assert stored.evidence["held_out"]["recall"]["mean"] == 1.0
        reason = again.answer("Who repairs the violin?").reason
        assert f"< {report.threshold:.2f}" in reason
        assert not again.answer("How much does the pump weigh?").abstained


def test_a_reader_that_is_open_goes_by_the_new_threshold(kb: ragline.Collection, tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb") as reader:
        before = reader.answer("Who repairs the violin?").reason
        report = kb.calibrate(golden(tmp_path))
        assert f"< {report.threshold:.2f}" in reader.answer("Who repairs the violin?").reason != before


def test_without_apply_nothing_is_stored(kb: ragline.Collection, tmp_path: Path) -> None:
    assert not kb.calibrate(golden(tmp_path), apply=False).applied
    assert kb.calibrated is None


@pytest.mark.parametrize(("answerable", "unanswerable"), [(9, 12), (12, 9), (12, 0)])
def test_a_set_that_is_too_small_is_refused(answerable: int, unanswerable: int, kb: ragline.Collection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 10 of each"):
        kb.calibrate(golden(tmp_path, answerable, unanswerable))
    assert kb.calibrated is None


def test_what_would_do_worse_is_not_put_in_use(kb: ragline.Collection, tmp_path: Path) -> None:
    """Labels at random: whatever threshold is chosen, it is luck, and the one in use does better on questions held out."""
    lines = [json.loads(line) for line in golden(tmp_path).read_text().splitlines()]
    for number, line in enumerate(lines):
        line["answerable"] = number % 2 == 0
        line["relevant"] = [{"doc_id": "pump.md"}] if line["answerable"] else []
    path = tmp_path / "luck.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = kb.calibrate(path)
    assert report.applied == (not report.note)
    if report.note:
        assert report.held_out.f1 < report.before.f1
        assert kb.calibrated is None


def test_a_threshold_for_other_weights_is_not_used(kb: ragline.Collection, tmp_path: Path) -> None:
    usual = kb.answer("Who repairs the violin?").reason
    kb.calibrate(golden(tmp_path))
    stored = kb.calibrated
    assert stored is not None
    with kb._serving.writing() as session:
        session.catalog.set_settings({KEY: replace(stored, model="others").stored()})
    assert kb.answer("Who repairs the violin?").reason == usual
    assert any("calibrated for other weights" in warning for warning in kb.health()["warnings"])


def test_from_a_shell(tmp_path: Path, kb: ragline.Collection) -> None:
    kb.close()
    run = CliRunner().invoke(app, ["calibrate", str(golden(tmp_path)), "--kb", str(tmp_path / "kb"), "--json"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["applied"] is True
    told = CliRunner().invoke(app, ["calibrate", str(golden(tmp_path)), "--kb", str(tmp_path / "kb")])
    assert "cross-validated" in told.stdout
