"""What an ingest has embedded and committed is not embedded again after a kill: only the batch at hand is lost."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ragline
from indexes.catalog.records import embed_hash, embedded_text

KILLS = 5
DOCUMENTS = 150
AT_HAND = 16 + 32
"""A batch is full at 16 chunks, behind the last of a document, none of which has more than 32."""

LINE = len(embed_hash("").hex()) + 1
CHILD = """
import os, sys
sys.path.insert(0, sys.argv[3])
import ragline
from indexes.catalog.records import embed_hash
log = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
with ragline.open(sys.argv[1], embedder="light", batch_chunks=16, publish_s=0.0) as kb:
    real = kb.embedder.embed_documents
    class Counting:
        def __getattr__(self, name):
            return getattr(embedder, name)
        def embed_documents(self, texts, **options):
            os.write(log, "".join(embed_hash(text).hex() + chr(10) for text in texts).encode())
            return real(texts, **options)
    embedder = kb.embedder
    kb.embedder = Counting()
    print("ready", flush=True)
    kb.ingest(sys.argv[4])
"""


def committed(place: Path) -> set[str]:
    """The texts, by their hash, of all chunks in the collection."""
    with ragline.open(place) as kb:
        chunks = [chunk for doc_id in kb.document_ids() for chunk in kb.chunks(doc_id)]
    return {embed_hash(embedded_text(chunk)).hex() for chunk in chunks}


@pytest.mark.slow
def test_nothing_committed_is_embedded_again(tmp_path: Path) -> None:
    folder, place, log = tmp_path / "docs", tmp_path / "kb", tmp_path / "log"
    folder.mkdir()
    for number in range(DOCUMENTS):
        words = " ".join(f"word{(number * 31 + at * 7) % 997}" for at in range(120 + number % 7 * 60))
        (folder / f"{number:03d}.md").write_text(f"# Title {number}\n\nmarker{number} {words}.\n")
    rng, killed, seen = random.Random(20261125), 0, 0
    found: set[int] = set()
    log.touch()
    while killed < 60:
        before = committed(place) if place.exists() else set()
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, place, log, Path(__file__).parent, folder], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        # Each time a little further, and a moment later: in the middle of embedding, writing or publishing.
        target = log.stat().st_size + LINE * rng.randrange(1, 120)
        while log.stat().st_size < target and child.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.uniform(0.0, 0.01))
        child.kill()
        child.communicate(timeout=60)
        killed += child.returncode == -signal.SIGKILL
        fresh = log.read_text().split()[seen:]
        seen += len(fresh)
        assert before.isdisjoint(fresh), "a committed text was embedded again"
        now = committed(place)
        found.add(len(now))
        assert len(set(fresh) - now) <= AT_HAND, "more than the batch at hand was lost"
        if child.returncode == 0:
            break
    assert killed >= KILLS, "too few kills hit a running ingest to prove anything"
    assert len(found) > 3, "the kills did not hit different moments"
    with ragline.open(place) as kb:
        again = kb.ingest(folder)
        assert (again.counts["unchanged"], again.embedded) == (DOCUMENTS, 0)
        assert kb.health()["ok"]
        assert len(committed(place)) <= len(log.read_text().split()) <= len(committed(place)) + killed * AT_HAND
