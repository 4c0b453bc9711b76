"""Without the documents extra a file is a failed row that names the command, and the others are read."""

import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

import ragline
from ingestion.elements import ParsedDocument
from ragline.errors import MissingExtra
from ragline.processes import python_command

LIBRARIES = ("unstructured", "docx", "pptx", "openpyxl", "xlrd", "oxmsg", "pypandoc", "lxml", "olefile")
HINT = "Install it with: pip install 'ragline[documents]'"
# What the child does first: the libraries are as if they were not installed.
HIDE = f"import sys; sys.modules.update(dict.fromkeys({LIBRARIES}))"


@pytest.fixture
def _no_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingestion.parsers.office.pandoc import _program

    _program.cache_clear()
    for name in list(sys.modules):
        if name.split(".")[0] in LIBRARIES:
            monkeypatch.delitem(sys.modules, name)
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("_no_libraries")
@pytest.mark.parametrize("name", ["x.docx", "x.pptx", "x.xlsx", "x.epub", "x.org", "x.rtf"])
def test_the_message_names_the_command(read: Callable[[str, bytes], ParsedDocument], samples: Path, name: str) -> None:
    files = {path.suffix: path for path in (samples / "documents").rglob("*")}
    path = files.get(Path(name).suffix)
    data = path.read_bytes() if path else b"{\\rtf1 x}" if name.endswith("rtf") else b"* x\n"
    with pytest.raises(MissingExtra, match="documents") as caught:
        read(name, data)
    assert str(caught.value).endswith(HINT)


@pytest.mark.usefixtures("_no_libraries")
def test_mails_need_nothing_but_what_their_attachments_need(
    read: Callable[[str, bytes], ParsedDocument], samples: Path
) -> None:
    made = EmailMessage()
    made["Subject"] = "Plan"
    made.set_content("Text")
    made.add_attachment(
        (samples / "documents/handbook/pool-cars.docx").read_bytes(),
        maintype="application",
        subtype="octet-stream",
        filename="cars.docx",
    )
    parsed = read("x.eml", bytes(made))
    assert parsed.title == "Plan"
    assert parsed.warnings[0].startswith("attachment cars.docx was not read")
    assert parsed.warnings[0].endswith(HINT)


@pytest.mark.slow
def test_an_ingest_without_the_extra_reads_the_others(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingestion.workers import process

    program, option, start, path = python_command("ingestion.workers.child")
    monkeypatch.setattr(process, "python_command", lambda _: [program, option, f"{HIDE}; {start}", path])
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        report = kb.ingest(samples / "documents")
        failed = {Path(row.doc_id).suffix: row.reason for row in report.failures}
        assert set(failed) == {".docx", ".pptx", ".xlsx", ".epub"}
        assert all(reason.endswith(HINT) for reason in failed.values())
        assert report.counts["added"] == len(report.rows) - 6
        assert kb.search("order reference AST-7733", 1)[0].doc_id.endswith("asturias-delivery.eml")
