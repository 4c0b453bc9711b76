"""The libraries behind office formats: no network, nothing written outside a private folder, over real files of each format."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.parsers.office import offline
from ragline.errors import RaglineError

pytest.importorskip("unstructured", reason="needs the documents extra")

# Reads the files in a process of its own, since an audit hook stays. urllib3 asks at its import whether there is IPv6 by
# binding to a port of this machine, and takes a refusal for "no".
SCRIPT = """
import json, os, sys
network, written, programs = [], [], []
def hook(event, arguments):
    if event == "socket.bind" and tuple(arguments[1][:2]) == ("::1", 0):
        raise PermissionError("no IPv6")
    is_of_network = event.split(".")[0] in ("socket", "urllib", "http", "ftplib", "smtplib")
    if is_of_network and event not in ("socket.__new__", "socket.gethostname"):
        network.append(event)
        raise PermissionError("network")
    if event == "open" and arguments[1] and set(str(arguments[1])) & set("wax+"):
        written.append(os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else str(arguments[0]))
    if event in ("os.mkdir", "os.rename", "os.symlink", "os.link"):
        written.append(os.fsdecode(arguments[0]))
    if event == "subprocess.Popen":
        programs.append(str(arguments[0]))
sys.addaudithook(hook)
sys.path[:] = json.loads(sys.argv[1])
from pathlib import Path
from ingestion.elements import ALLOWED_PROGRAMS, RawSource
from ingestion.parsers.registry import parse
from ragline.errors import ParseError
read = {}
for name in sys.argv[2:]:
    try:
        parse(RawSource(Path(name).name, Path(name).read_bytes()))
        read[Path(name).suffix] = read.get(Path(name).suffix, 0) + 1
    except ParseError:
        pass
print(json.dumps({"network": network, "written": written, "programs": sorted(set(programs) - ALLOWED_PROGRAMS), "read": read,
                  "spacy": "spacy" in sys.modules, "left": os.listdir(os.environ["TMPDIR"])}))
"""
SUFFIXES = {".docx", ".pptx", ".xlsx", ".xls", ".odt", ".epub", ".rtf", ".org", ".eml", ".msg"}


def watched(files: list[Path], folder: Path) -> dict[str, object]:
    """What happened while ``files`` were read with ``folder`` for temporary files."""
    environment = {**os.environ, "TMPDIR": str(folder), "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", SCRIPT, json.dumps(sys.path), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def check(found: dict[str, object], folder: Path) -> None:
    assert found["network"] == []
    written = found["written"]
    assert isinstance(written, list)
    assert [path for path in written if not path.startswith(str(folder)) and not path.isdecimal()] == []
    assert (found["programs"], found["spacy"], found["left"]) == ([], False, [])


def test_the_samples(samples: Path, tmp_path: Path) -> None:
    found = watched([path for path in (samples / "documents").rglob("*") if path.suffix in SUFFIXES], tmp_path)
    check(found, tmp_path)
    assert found["read"] == {".docx": 2, ".pptx": 1, ".xlsx": 2, ".epub": 1, ".eml": 2}


@pytest.mark.slow
@pytest.mark.shared_data
def test_real_files_of_every_format(shared_data: Path, tmp_path: Path) -> None:
    files = [path for path in sorted((shared_data / "docs-unstructured").rglob("*")) if path.suffix in SUFFIXES]
    found = watched(files, tmp_path)
    check(found, tmp_path)
    read = found["read"]
    assert isinstance(read, dict)
    assert set(read) == SUFFIXES
    assert sum(read.values()) >= 0.95 * len(files)


def test_a_version_that_takes_its_tokenizer_from_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    offline.partition_docx()
    offline.check_stand_in()
    monkeypatch.setattr("unstructured.partition.text_type.sent_tokenize", lambda text: [text])
    with pytest.raises(RaglineError, match=r"would load a language model .* Install the version in constraints.txt"):
        offline.partition_docx()
