"""What the settings ask of the parsers, through a whole ingest; for PDF see ``tests/ingestion/pdf/test_in_child.py``."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import ragline
from ragline.errors import SettingsError
from ragline.settings import Settings
from ragline.types import Document

TICKETS = [
    {"key": "T-1", "headline": "Pump", "body": "The pump leaks.", "team": "blue", "noise": "zzyzx"},
    {"key": "T-2", "headline": "Valve", "body": "The valve is stuck.", "team": "red", "noise": "zzyzx"},
]
FIELDS = {"json_text": "body", "json_title": "headline", "json_id": "key", "json_metadata": "team", "json_records": "tickets"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "docs"
    place.mkdir()
    (place / "tickets.json").write_text(json.dumps({"tickets": TICKETS}))
    (place / "note.md").write_text("# Note\n\nThe owl.\n")
    return place


def text_of(kb: ragline.Collection, doc_id: str) -> str:
    document = kb.get(doc_id)
    assert document is not None
    return document.text


def test_fields_of_json_are_named_by_settings(tmp_path: Path, folder: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", **FIELDS) as kb:
        kb.ingest(folder)
        text = text_of(kb, "docs/tickets.json")
        assert "Pump\n\nThe pump leaks." in text
        assert "team: red" in text
        assert "zzyzx" not in text
        (hit, *_) = kb.search("stuck", k=1, mode="lexical")
        assert hit.chunk.section_path == ("Valve",)


def test_fields_hold_for_lines_and_for_documents_in_hand(tmp_path: Path, folder: Path) -> None:
    lines = "".join(json.dumps(ticket) + "\n" for ticket in TICKETS)
    (folder / "more.jsonl").write_text(lines)
    fields = {name: value for name, value in FIELDS.items() if name != "json_records"}
    with ragline.open(tmp_path / "kb", embedder="light", **fields) as kb:
        kb.ingest(folder)
        kb.ingest([Document("hand", lines, metadata={"format": "json"})])
        assert "zzyzx" not in text_of(kb, "docs/more.jsonl")
        assert "zzyzx" not in text_of(kb, "hand")


def test_a_sidecar_goes_before_the_settings(tmp_path: Path, folder: Path) -> None:
    (folder / "tickets.json.meta.json").write_text(json.dumps({"options": {"text": "noise"}}))
    with ragline.open(tmp_path / "kb", embedder="light", **FIELDS) as kb:
        kb.ingest(folder)
        assert "zzyzx" in text_of(kb, "docs/tickets.json")
        assert "leaks" not in text_of(kb, "docs/tickets.json")


def test_another_choice_reads_everything_anew_and_the_same_one_nothing(tmp_path: Path, folder: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(folder)
        assert "zzyzx" in text_of(kb, "docs/tickets.json")
    with ragline.open(tmp_path / "kb", **FIELDS) as kb:
        assert kb.sync(folder, dry_run=True).counts["updated"] == 2
        assert kb.ingest(folder).counts["updated"] == 2
        assert "zzyzx" not in text_of(kb, "docs/tickets.json")
        again = kb.ingest(folder)
        assert (again.counts["unchanged"], again.embedded) == (2, 0)


@pytest.mark.parametrize("wrong", ["eng;rm", "../eng", "-c x", "eng+"])
def test_languages_of_recognition_are_names(wrong: str) -> None:
    with pytest.raises(SettingsError, match="ocr"):
        Settings(ocr=wrong)


def test_any_setting_can_be_given_on_the_command_line(tmp_path: Path, folder: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)

    given = [part for name, value in FIELDS.items() for part in ("--set", f"{name}={value}")]
    assert run("ingest", str(folder), "--embedder", "light", *given).returncode == 0
    assert "zzyzx" not in run("search", "leaks", "--json").stdout
    assert json.loads(run("sync", str(folder), *given, "--json").stdout)["counts"]["unchanged"] == 2
    refused = {"nonsense=1": "Unknown setting 'nonsense'", "depth": "NAME=VALUE", "depth=x": "not of type int"}
    for wrong, message in refused.items():
        result = run("ingest", str(folder), "--set", wrong)
        assert result.returncode == 2, result.stderr
        assert message in " ".join(result.stderr.split())
    result = run("ingest", str(folder), "--set", "chunk_tokens=128")
    assert result.returncode == 1
    assert "chunk_tokens=0, not 128" in " ".join(result.stderr.split())
