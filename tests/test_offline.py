"""No network: the whole way from import to report with sockets blocked."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import socket, sys

def refuse(*arguments, **options):
    raise AssertionError(f"network: {arguments}")

class NoSocket(socket.socket):
    def connect(self, *arguments): refuse(*arguments)
    def connect_ex(self, *arguments): refuse(*arguments)
    def sendto(self, *arguments): refuse(*arguments)

socket.socket = NoSocket
socket.create_connection = socket.getaddrinfo = refuse

import ragline
with ragline.open(sys.argv[1], embedder=sys.argv[3]) as kb:
    report = kb.ingest(sys.argv[2] + "/documents")
    assert not report.failures, report.failures
    assert kb.search("error E-4012")
    assert kb.answer("Who won the chess tournament in Reykjavik?").abstained
    result = kb.evaluate(sys.argv[2] + "/golden.jsonl", reports=sys.argv[1] + "-report", answers=False)
    assert result.metrics["recall@10"].value > 0.5
print("offline")
"""


@pytest.mark.slow
@pytest.mark.parametrize("embedder", ["light", pytest.param("minilm", marks=pytest.mark.models)])
def test_everything_works_with_sockets_blocked(tmp_path: Path, samples: Path, embedder: str) -> None:
    command = [sys.executable, "-c", SCRIPT, tmp_path / "kb", samples, embedder]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.stdout.strip().endswith("offline"), result.stderr
