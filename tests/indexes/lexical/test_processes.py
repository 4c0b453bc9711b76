"""One process writes while another reads: every reader gets exactly one commit."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from indexes.lexical.analyser import Analyser
from indexes.lexical.manifest import FileDigest, LexicalManifest
from indexes.lexical.tantivy_index import TantivyIndex

COMMITS = 30

# Each commit adds three entries and, but for the first, removes one: sequence s > 0 has 2 * s + 1.
WRITER = """
import sys
from pathlib import Path
from indexes.lexical.base import LexicalEntry
from indexes.lexical.tantivy_index import TantivyIndex

with TantivyIndex.open(Path(sys.argv[1])) as index:
    for sequence in range(1, int(sys.argv[2]) + 1):
        base = sequence * 3
        index.add(LexicalEntry(base + k, f"common mark{sequence}") for k in range(3))
        index.remove([base - 3] if sequence > 1 else [])
        index.commit(sequence)
"""

READER = """
import json, sys
from pathlib import Path
from indexes.lexical.tantivy_index import TantivyIndex

index, last = TantivyIndex.open(Path(sys.argv[1])), int(sys.argv[2])
fresh = 0
while True:
    fresh += 1
    if fresh % 3 == 0:
        index = TantivyIndex.open(Path(sys.argv[1]))
    searcher = index.searcher()
    sequence = searcher.sequence
    found = searcher.search("common", limit=1000)[0].size
    newest = searcher.search(f"mark{sequence}", limit=10)[0].size
    future = searcher.search(f"mark{sequence + 1}", limit=10)[0].size
    print(json.dumps([sequence, searcher.count, found, newest, future]), flush=True)
    if sequence == last:
        break
"""


def test_readers_see_whole_commits_while_another_process_writes(tmp_path: Path) -> None:
    TantivyIndex.create(tmp_path, analyser=Analyser()).close()
    arguments = [str(tmp_path), str(COMMITS)]
    with subprocess.Popen([sys.executable, "-c", READER, *arguments], stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        subprocess.run([sys.executable, "-c", WRITER, *arguments], check=True, timeout=60)
        rows = [json.loads(line) for line in reader.stdout]
    assert reader.returncode == 0
    sequences = [row[0] for row in rows]
    assert sequences == sorted(sequences)
    assert len(set(sequences)) > 3, "the reader should have met several commits"
    for sequence, count, found, newest, future in rows:
        assert count == found == (2 * sequence + 1 if sequence else 0), (sequence, count, found)
        assert (newest, future) == (3 if sequence else 0, 0)


def test_a_view_that_vanishes_while_it_is_opened_is_sought_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that read the manifest just before a commit finds its view gone, and a newer manifest in place."""
    TantivyIndex.create(tmp_path, analyser=Analyser()).close()
    reader, verify = TantivyIndex.open(tmp_path), LexicalManifest.verify
    with TantivyIndex.open(tmp_path) as writer:
        writer.remove([1])
        writer.commit(1)

        def commit_first(self: LexicalManifest, folder: Path, *, known: Mapping[str, FileDigest]) -> None:
            monkeypatch.setattr(LexicalManifest, "verify", verify)
            writer.remove([2])
            writer.commit(2)
            verify(self, folder, known=known)

        monkeypatch.setattr(LexicalManifest, "verify", commit_first)
        assert reader.searcher().sequence == 2
