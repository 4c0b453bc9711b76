"""FAISS is an extra: without it every search is exact, a graph that was built elsewhere is left aside, and both are said."""

import subprocess
import sys
from pathlib import Path

import ragline
from ragline.types import Document

WITHOUT_FAISS = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "faiss" else find(name, package)
sys.modules["faiss"] = None
import ragline
from ragline.errors import MissingExtra
with ragline.open(sys.argv[1], exact_threshold=100, auto_rebuild="wait") as kb:
    print([hit.doc_id for hit in kb.search("word7 word8", k=3, mode="vector")])
    print(any("ragline[ann]" in warning for warning in kb.health()["warnings"]), kb.stats()["index"])
    kb.ingest(ragline.Document(f"late{n}", f"late word{n}") for n in range(200))
    print(kb.stats()["index"], kb.search("late word7", k=1, mode="vector")[0].doc_id)
    try:
        kb.rebuild(kind="hnsw")
    except MissingExtra as error:
        print(error)
"""


def test_a_graph_needs_faiss_and_a_search_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    with ragline.open(folder, embedder="light", exact_threshold=100, auto_rebuild="wait") as kb:
        kb.ingest(Document(f"d{n}", f"word{n} word{n + 1}") for n in range(300))
        assert kb.stats()["index"] == "hnsw"
        expected = [hit.doc_id for hit in kb.search("word7 word8", k=3, mode="vector")]
    run = subprocess.run([sys.executable, "-c", WITHOUT_FAISS, folder], capture_output=True, text=True, check=True)
    found, warned, grown, refusal = run.stdout.splitlines()
    assert found == str(expected)
    assert warned == "True exact scan"
    assert grown == "flat late7"
    assert refusal == "an HNSW index needs the package 'faiss-cpu'. Install it with: pip install 'ragline[ann]'"
