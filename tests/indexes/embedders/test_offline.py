"""Fresh processes: no network, no telemetry, and no torch once the choice is recorded."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Audit events come from inside the socket module, so no wrapper or early import in a library gets around them.
CHILD = """
import json, sys, time
attempts = []
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"):
        attempts.append(event)
        raise OSError("the network is blocked in this test")
sys.addaudithook(refuse)
from pathlib import Path
from indexes.embedders.registry import load_embedder
name, cache, runtime = sys.argv[1:]
start = time.perf_counter()
embedder = load_embedder(name, cache_dir=Path(cache), runtime=runtime)
seconds = time.perf_counter() - start
vectors = embedder.embed_documents(["a text", "another one"])
heavy = ["torch", "transformers", "sentence_transformers", "openvino_telemetry.main", "wordllama"]
print(json.dumps({
    "attempts": attempts, "runtime": embedder.runtime, "shape": vectors.shape, "seconds": seconds,
    "query": float(embedder.embed_query("a text") @ vectors[0]), "heavy": [module for module in heavy if module in sys.modules],
}))
"""


def load_in_child(name: str, cache: Path, home: Path, runtime: str = "auto") -> dict[str, Any]:
    # CI=true alone would keep openvino's telemetry quiet, and the test would prove nothing.
    environment = {
        key: value for key, value in os.environ.items() if key not in ("CI", "TF_BUILD", "JENKINS_URL", "HF_HUB_OFFLINE")
    }
    environment["HOME"] = str(home)
    command = [sys.executable, "-c", CHILD, name, str(cache), runtime]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def test_light_loads_offline(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    report = load_in_child("light", tmp_path / "cache", tmp_path / "home")
    assert report["attempts"] == []
    assert report["heavy"] == []
    assert report["shape"] == [2, 256]
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.models
def test_openvino_loads_offline_without_torch_and_leaves_nothing_in_the_home_folder(
    minilm_folder: Path, tmp_path: Path
) -> None:
    """openvino_telemetry would write ~/intel and send an event at import."""
    (tmp_path / "home").mkdir()
    report = load_in_child("minilm", tmp_path / "cache", tmp_path / "home", "openvino")
    assert report["attempts"] == []
    assert report["heavy"] == []
    assert report["query"] == pytest.approx(1.0, abs=1e-3)
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.models
@pytest.mark.slow
def test_choice_is_measured_once_offline_then_reused(minilm_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    first = load_in_child("minilm", tmp_path / "cache", tmp_path / "home")
    assert first["attempts"] == []
    assert "torch" in first["heavy"]
    (record,) = (tmp_path / "cache").glob("runtime-*.json")
    note = json.loads(record.read_text("utf-8"))
    measured = note["measured"]
    assert set(measured) == {"openvino", "torch"}
    assert measured["openvino"]["least_cosine"] > 0.9999
    assert first["runtime"] == measured[note["chosen"]]["runtime"]

    # Whatever this machine prefers, the record decides, and a recorded OpenVINO never loads torch.
    record.write_text(json.dumps(note | {"chosen": "openvino"}))
    second = load_in_child("minilm", tmp_path / "cache", tmp_path / "home")
    assert second["attempts"] == []
    assert second["heavy"] == []
    assert second["runtime"] == measured["openvino"]["runtime"]
