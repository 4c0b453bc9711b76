"""Whatever happens to the bytes, opening gives a typed error or the right answers, and never takes the process down."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from indexes.lexical.analyser import Analyser
from indexes.lexical.manifest import FILE_NAME, FileDigest, LexicalManifest, file_digest
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.lexical.tantivy_searcher import tantivy_errors
from ragline.errors import CorruptIndexError

# One child walks through all damages: every file of the folder, cut and flipped at 1, 50 and 99 % of its length.
CHILD = """
import json, sys
from pathlib import Path
from indexes.lexical.analyser import Analyser
from indexes.lexical.tantivy_index import TantivyIndex
from ragline.errors import CorruptIndexError

folder, analyser = Path(sys.argv[1]), Analyser()

def answers():
    searcher = TantivyIndex.open(folder, analyser=analyser).searcher()
    rows = [searcher.search(query, limit=9)[0].tolist() for query in ("amber", "dune heron", "unique12", "unique5")]
    return [searcher.sequence, searcher.count, rows]

expected = answers()
for path in sorted(folder.rglob("*")):
    if not path.is_file():
        continue
    original = path.read_bytes()
    for percent in (1, 50, 99):
        place = len(original) * percent // 100
        flipped = bytearray(original or b"x")
        flipped[min(place, len(flipped) - 1)] ^= 0x10
        for kind, content in (("cut", original[:place]), ("flip", bytes(flipped)), ("gone", None)):
            path.unlink()
            if content is not None:
                path.write_bytes(content)
            try:
                outcome = "right" if answers() == expected else "WRONG"
            except CorruptIndexError as error:
                outcome = "refused" if "ebuild" in str(error) else "no advice"
            print(json.dumps([path.name, kind, percent, outcome]), flush=True)
            path.write_bytes(original)
print(json.dumps(["end", "", 0, "right" if answers() == expected else "WRONG"]), flush=True)
"""


def test_every_cut_flipped_or_missing_file_is_refused_or_harmless(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, str(folder)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[-1] == ["end", "", 0, "right"]
    assert {row[3] for row in rows} == {"right", "refused"}
    listed = {*LexicalManifest.read(folder).files, FILE_NAME}
    assert len(listed) > 10
    for name, kind, percent, outcome in rows[:-1]:
        assert outcome == ("refused" if name in listed else "right"), (name, kind, percent)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"digest": 1}', b"[" * 50_000, b'{"files": 3, "digest": "x"}'],
    ids=["empty", "object", "list", "null", "binary", "digest", "deep", "files"],
)
def test_a_manifest_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    (folder / FILE_NAME).write_bytes(content)
    with pytest.raises(CorruptIndexError, match="Rebuild the lexical index"):
        TantivyIndex.open(folder)


def test_a_manifest_edited_by_hand_is_refused(folder: Path) -> None:
    path = folder / FILE_NAME
    path.write_text(path.read_text().replace('"sequence": 3', '"sequence": 4'))
    with pytest.raises(CorruptIndexError, match="digest"):
        LexicalManifest.read(folder)


def test_damage_met_by_a_running_reader_is_refused_as_well(folder: Path, analyser: Analyser) -> None:
    reader = TantivyIndex.open(folder, analyser=analyser)
    (folder / FILE_NAME).write_text("{")
    with pytest.raises(CorruptIndexError):
        reader.searcher()
    (folder / FILE_NAME).unlink()
    with pytest.raises(CorruptIndexError, match="There is no lexical index"):
        reader.searcher()


def test_a_damaged_index_is_not_written_to(folder: Path, analyser: Analyser) -> None:
    index = TantivyIndex.open(folder, analyser=analyser)
    (folder / FILE_NAME).write_text("{")
    with pytest.raises(CorruptIndexError):
        index.remove([1])
    index.close()


def test_a_manifest_reads_back_as_written(tmp_path: Path) -> None:
    manifest = LexicalManifest(4, 2, 9, 1, 99, "rules", "tantivy", {"de": 3}, {"a.idx": FileDigest(5, "ab")})
    manifest.write(tmp_path)
    assert LexicalManifest.read(tmp_path) == manifest
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_verifying_reads_what_is_not_known_yet(tmp_path: Path) -> None:
    view = tmp_path / "view-00000002"
    view.mkdir()
    (view / "a.idx").write_bytes(b"12345")
    digest = file_digest(view / "a.idx")
    assert digest.size == 5
    manifest = LexicalManifest(4, 2, 9, 1, 99, "rules", "tantivy", {}, {"a.idx": digest})
    manifest.verify(tmp_path, known={})
    (view / "a.idx").write_bytes(b"12346")
    manifest.verify(tmp_path, known={"a.idx": digest})
    for known in ({}, {"a.idx": FileDigest(5, "other")}, {"b.idx": digest}):
        with pytest.raises(CorruptIndexError, match="truncated or altered"):
            manifest.verify(tmp_path, known=known)


def test_only_what_tantivy_raises_becomes_a_corrupt_index(tmp_path: Path) -> None:
    panic = type("PanicException", (BaseException,), {})
    for error in (ValueError("x"), OSError("x"), RuntimeError("x"), panic("x")):
        with pytest.raises(CorruptIndexError, match="Rebuild"), tantivy_errors(tmp_path):
            raise error
    for other in (KeyboardInterrupt(), MemoryError(), TypeError("x")):
        with pytest.raises(type(other)), tantivy_errors(tmp_path):
            raise other


def test_an_analyser_is_made_where_none_is_given(folder: Path) -> None:
    assert TantivyIndex.open(folder).searcher().matched_terms("amber", "Amber!") == ("amber",)
