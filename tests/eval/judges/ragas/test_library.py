"""Ragas comes in only when it is asked for, quietly; where it is not there or broken, the error says what to do."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from eval.judges.ragas.library import load_ragas, ragas_version
from ragline.errors import MissingExtra

needs_ragas = pytest.mark.skipif(find_spec("ragas") is None, reason="needs pip install 'ragline[eval]'")


def test_without_ragas_the_pip_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "ragas"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(MissingExtra, match=r"pip install 'ragline\[eval\]'"):
        load_ragas()


BROKEN = """
import sys
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("langchain_community"):
            raise ModuleNotFoundError("No module named 'langchain_community.chat_models.vertexai'", name=name)
sys.meta_path.insert(0, Broken())
from eval.judges.ragas.library import load_ragas
try:
    load_ragas()
except Exception as error:
    print(type(error).__name__, error)
"""


@needs_ragas
@pytest.mark.slow
def test_where_ragas_does_not_import_the_cause_and_the_pip_command_are_named() -> None:
    told = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, timeout=120, check=True).stdout
    assert told.startswith(
        "MissingExtra Judging answers with ragas needs the package 'ragas', which is there but does not import"
    )
    assert "ModuleNotFoundError: No module named 'langchain_community.chat_models.vertexai'" in told
    assert told.strip().endswith("Install it with: pip install 'ragline[eval]'")


QUIET = """
import os, socket, sys
from pathlib import Path

port = int(sys.argv[1])
real = socket.socket

class StubOnly(real):
    def connect(self, address):
        assert address[1] == port, f"network: {address}"
        return super().connect(address)
    def connect_ex(self, address):
        assert address[1] == port, f"network: {address}"
        return super().connect_ex(address)
    def sendto(self, *arguments):
        raise AssertionError(f"network: {arguments}")

known = socket.getaddrinfo
def only_here(host, *arguments, **options):
    assert host in ("127.0.0.1", b"127.0.0.1"), f"network: {host}"
    return known(host, *arguments, **options)
socket.socket, socket.getaddrinfo = StubOnly, only_here

import ragline
assert "ragas" not in sys.modules and "litellm" not in sys.modules
with ragline.open("kb", embedder="light", judge_model="openai/stub-judge", judge_api_base=f"http://127.0.0.1:{port}/v1") as kb:
    kb.ingest([ragline.Document("faq", "The warranty of the fan lasts 36 months. It begins on delivery.")])
    places = (Path.home(), Path("kb"), Path(os.environ["RAGLINE_CACHE_DIR"]))
    before = {str(path) for place in places for path in place.rglob("*")}
    Path("g.jsonl").write_text('{"id": "1", "query": "How long does the warranty last?", "answer": "It lasts 36 months.", '
                               '"answerable": true, "relevant": [{"doc_id": "faq"}]}')
    result = kb.evaluate("g.jsonl", judge="ragas", reports="report")
    scored = {name: metric.scored for name, metric in result.answers.items()}
    assert all(count == 1 for count in scored.values()), (scored, result.rows)
    import ragas._analytics
    assert ragas._analytics.do_not_track()
    ragas._analytics._analytics_batcher.flush()
    after = {str(path) for place in places for path in place.rglob("*")}
    (check,) = after - before  # Ragline's own: how the judge did on known answers, in its cache
    assert Path(check).parent == places[-1] and Path(check).name.startswith("judge-check-"), check
    assert not before - after
print("quiet", *sorted(path.name for path in Path(".").iterdir()))
"""


@needs_ragas
@pytest.mark.slow
def test_nothing_but_the_judge_is_asked_and_nothing_is_written_outside_the_reports(
    stub: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    monkeypatch.delenv("RAGAS_DO_NOT_TRACK", raising=False)
    command = [sys.executable, "-c", QUIET, str(stub.port)]  # type: ignore[attr-defined]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path / "work")
    assert told.stdout.strip() == "quiet g.jsonl kb report", told.stderr[-3000:]
    kept = sorted(path.name for path in (tmp_path / "work" / "report").iterdir())
    assert {"judgements.jsonl", "judging.json"} <= set(kept)


@needs_ragas
def test_the_version_is_that_of_the_package() -> None:
    assert ragas_version().startswith("0.4.")
