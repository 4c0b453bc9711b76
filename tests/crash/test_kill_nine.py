"""Crash safety: an ingest killed by ``kill -9`` at any moment leaves a collection that opens clean and can be completed."""

import hashlib
import random
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

import ragline
from ragline.types import Document

KILLS = 50
DOCUMENTS = 240
CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import ragline
from test_kill_nine import corpus
with ragline.open(sys.argv[1], embedder="light", batch_chunks=16, publish_s=0.0) as kb:
    print("ready", flush=True)
    kb.ingest(corpus(int(sys.argv[2])))
    print("done", flush=True)
"""


@cache
def corpus(edition: int) -> tuple[Document, ...]:
    """Documents that differ from edition to edition in some paragraphs, and each carries two words of its own."""
    documents = []
    for number in range(DOCUMENTS):
        version = edition if number % 3 == 0 else 0
        words = " ".join(f"word{(number * 31 + i * (version + 7)) % 997}" for i in range(220))
        documents.append(
            Document(f"doc{number:03d}", f"marker{number:03d} revision{version} {words}.", title=f"Title {number}")
        )
    return tuple(documents)


def state(kb: ragline.Collection) -> str:
    """Everything that a user can see of the collection, as one digest."""
    digest = hashlib.sha256()
    for doc_id in kb.document_ids():
        document = kb.get(doc_id)
        assert document is not None
        digest.update(repr((document.id, document.text, document.title)).encode())
        digest.update(repr([(c.id, c.start, c.end) for c in kb.chunks(doc_id)]).encode())
    return digest.hexdigest()


def check_every_document_is_found_by_both_legs(kb: ragline.Collection) -> int:
    assert kb.health()["ok"], kb.health()
    ids = kb.document_ids()
    for doc_id in ids:
        document = kb.get(doc_id)
        assert document is not None
        (lexical, *_) = kb.search(document.text.split()[0], k=3, mode="lexical")
        assert lexical.doc_id == doc_id
        assert document.text[lexical.chunk.start : lexical.chunk.end] == lexical.text
        chunk = kb.chunks(doc_id)[0]
        (vector, *_) = kb.search(f"{chunk.context}\n{chunk.text}", k=3, mode="vector")
        assert vector.doc_id == doc_id
        assert document.text in {own.text for edition in (0, 1, 2) for own in corpus(edition) if own.id == doc_id}
    return len(ids)


@pytest.mark.slow
def test_fifty_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    clean = tmp_path / "clean"
    with ragline.open(clean, embedder="light") as kb:
        started = time.monotonic()
        kb.ingest(corpus(2))
        span = time.monotonic() - started
        expected = state(kb)

    rng, killed, found = random.Random(20261122), 0, []
    folder = tmp_path / "kb"
    for trial in range(KILLS):
        if trial % 10 == 0:
            folder = tmp_path / f"kb{trial // 10}"
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, folder, str(trial % 3), Path(__file__).parent],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        # The moment of the kill is the point of this test: anywhere from the first write to the last.
        deadline = time.monotonic() + rng.uniform(0.0, 2.0 * span)
        while time.monotonic() < deadline and child.poll() is None:
            time.sleep(0.001)
        child.kill()
        output, _ = child.communicate()
        killed += "done" not in output
        with ragline.open(folder) as kb:
            found.append(check_every_document_is_found_by_both_legs(kb) if trial % 5 == 4 else len(kb.document_ids()))
            assert kb.health()["ok"], kb.health()
    assert killed >= KILLS // 3, "too few kills hit a running ingest to prove anything"
    assert len(set(found)) > 5, "the kills did not hit different moments"

    for folder in sorted(tmp_path.glob("kb*")):
        with ragline.open(folder) as kb:
            kb.ingest(corpus(2))
            again = kb.ingest(corpus(2))
            assert again.embedded == 0
            assert again.counts["unchanged"] == DOCUMENTS
            assert state(kb) == expected
            assert check_every_document_is_found_by_both_legs(kb) == DOCUMENTS
