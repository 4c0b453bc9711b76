"""Keeping in step with a folder: what vanished goes, what moved is recognised, and any run can be undone."""

import random
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from indexes.catalog.writer import CatalogWriter
from ragline.errors import InputError
from ragline.reports import IngestReport
from ragline.types import Document

WORDS = ("anvil", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "docs"
    (place / "sub").mkdir(parents=True)
    for word in WORDS:
        (place / f"{word}.md").write_text(f"# About {word}\n\nThe {word} stands by the gate.\n")
    return place


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        yield collection


def counts(report: IngestReport) -> dict[str, int]:
    return {status: count for status, count in report.counts.items() if count}


def state(kb: ragline.Collection) -> dict[str, tuple[str, list[str]]]:
    found = {}
    for doc_id in kb.document_ids():
        document = kb.get(doc_id)
        assert document is not None
        found[doc_id] = (document.text, [chunk.id for chunk in kb.chunks(doc_id)])
    return found


def first(kb: ragline.Collection, word: str) -> list[str]:
    return [hit.doc_id for hit in kb.search(word, k=1, mode="lexical")]


def test_sync_adds_changes_and_removes(kb: ragline.Collection, folder: Path) -> None:
    assert counts(kb.sync(folder)) == {"added": 10}
    (folder / "anvil.md").unlink()
    (folder / "birch.md").write_text("# About birch\n\nThe birch was felled.\n")
    (folder / "kiln.md").write_text("# About kiln\n\nThe kiln is new.\n")
    preview = kb.sync(folder, dry_run=True)
    assert counts(preview) == {"added": 1, "updated": 1, "unchanged": 8, "removed": 1}
    assert preview.run_id == ""
    assert "docs/anvil.md" in kb.document_ids(), "a dry run changes nothing"
    report = kb.sync(folder)
    assert counts(report) == counts(preview)
    assert [(row.doc_id, row.status) for row in report.rows if row.status == "removed"] == [("docs/anvil.md", "removed")]
    assert first(kb, "anvil") == []
    assert first(kb, "felled") == ["docs/birch.md"]
    assert kb.health()["ok"]
    assert counts(kb.sync(folder)) == {"unchanged": 10}


def test_a_document_in_hand_whose_id_is_a_path_of_the_folder_has_not_vanished(kb: ragline.Collection, folder: Path) -> None:
    own_id = str(folder / "anvil.md")
    kb.ingest([Document(own_id, "What the caller read from there.")])
    assert counts(kb.sync(folder)) == {"added": 10}
    (folder / "kiln.md").write_text("What the caller read from there.")
    assert counts(kb.ingest(folder)) == {"added": 1, "unchanged": 10}, "no move either"
    assert own_id in kb.document_ids()


def test_only_documents_of_the_folder_are_touched(kb: ragline.Collection, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "docs2"
    other.mkdir()
    (other / "owl.md").write_text("The owl.")
    kb.ingest(other)
    kb.ingest([Document("in-hand", "The pike swims.")])
    kb.sync(folder)
    (folder / "anvil.md").unlink()
    kb.sync(folder)
    assert {"docs2/owl.md", "in-hand"} <= set(kb.document_ids())


def test_a_moved_file_is_recognised_and_costs_no_embedding(kb: ragline.Collection, folder: Path) -> None:
    kb.sync(folder)
    (folder / "anvil.md").rename(folder / "sub" / "hammer.md")
    assert counts(kb.sync(folder, dry_run=True)) == {"unchanged": 9, "moved": 1}
    report = kb.sync(folder)
    (row,) = [row for row in report.rows if row.status == "moved"]
    assert (row.doc_id, row.reason) == ("docs/sub/hammer.md", "was docs/anvil.md")
    assert report.embedded == 0
    assert first(kb, "anvil") == ["docs/sub/hammer.md"]
    assert "docs/anvil.md" not in kb.document_ids()


def test_an_ingest_recognises_a_moved_file_and_removes_nothing_else(kb: ragline.Collection, folder: Path) -> None:
    kb.ingest(folder)
    (folder / "anvil.md").rename(folder / "sub" / "hammer.md")
    (folder / "birch.md").unlink()
    report = kb.ingest(folder)
    assert (counts(report), report.embedded) == ({"unchanged": 8, "moved": 1}, 0)
    assert first(kb, "anvil") == ["docs/sub/hammer.md"]
    assert "docs/anvil.md" not in kb.document_ids()
    assert first(kb, "birch") == ["docs/birch.md"], "an ingest removes nothing that has only vanished"
    kb.rollback(report.run_id)
    assert first(kb, "anvil") == ["docs/anvil.md"]


def test_a_copy_is_no_move_and_what_lies_outside_the_folder_has_not_moved(
    kb: ragline.Collection, folder: Path, tmp_path: Path
) -> None:
    kb.ingest(folder)
    shutil.copy(folder / "anvil.md", folder / "sub" / "hammer.md")
    assert counts(kb.ingest(folder)) == {"unchanged": 10, "added": 1}
    other = tmp_path / "other"
    other.mkdir()
    (folder / "cedar.md").rename(other / "cedar.md")
    assert counts(kb.ingest(other)) == {"added": 1}
    assert "docs/cedar.md" in kb.document_ids(), "nobody has looked whether it is still there"
    assert counts(kb.ingest([folder, other]))["unchanged"] == 11


def test_the_brake_holds_when_too_much_has_vanished(kb: ragline.Collection, folder: Path) -> None:
    kb.sync(folder)
    before = state(kb)
    for word in WORDS[:4]:
        (folder / f"{word}.md").unlink()
    with pytest.raises(InputError, match=r"4 of 10 documents have vanished .* nothing was changed"):
        kb.sync(folder)
    assert state(kb) == before
    assert len(kb.runs()) == 1
    assert counts(kb.sync(folder, force=True)) == {"unchanged": 6, "removed": 4}


def test_an_emptied_folder_is_a_case_for_the_brake(kb: ragline.Collection, folder: Path) -> None:
    kb.sync(folder)
    for path in folder.glob("*.md"):
        path.unlink()
    with pytest.raises(InputError, match="10 of 10"):
        kb.sync(folder)
    kb.sync(folder, force=True)
    assert kb.document_ids() == []


def test_a_file_that_cannot_be_taken_has_not_vanished(kb: ragline.Collection, folder: Path, tmp_path: Path) -> None:
    kb.sync(folder)
    target = tmp_path / "outside.md"
    target.write_text("elsewhere")
    (folder / "anvil.md").unlink()
    (folder / "anvil.md").symlink_to(target)
    assert counts(kb.sync(folder)) == {"unchanged": 9, "skipped": 1}
    assert "docs/anvil.md" in kb.document_ids()


def test_a_moved_file_that_fails_keeps_its_old_document(kb: ragline.Collection, folder: Path) -> None:
    (folder / "odd.md").write_text("# Odd\n\nThe otter.\n")
    kb.sync(folder)
    (folder / "odd.md").rename(folder / "odd.json")  # the same bytes are no JSON
    report = kb.sync(folder)
    assert counts(report) == {"unchanged": 10, "failed": 1}
    assert first(kb, "otter") == ["docs/odd.md"]


def test_a_run_can_be_undone_and_the_undoing_too(kb: ragline.Collection, folder: Path) -> None:
    kb.sync(folder)
    before = state(kb)
    (folder / "anvil.md").unlink()
    (folder / "birch.md").write_text("# About birch\n\nThe birch was felled.\n")
    (folder / "kiln.md").write_text("# About kiln\n\nThe kiln is new.\n")
    (folder / "cedar.md").rename(folder / "sub" / "cedar.md")
    run = kb.sync(folder)
    after = state(kb)
    undone = kb.rollback(run.run_id)
    with pytest.raises(InputError, match=f"undone by the run {undone.run_id} already"):
        kb.rollback(run.run_id)
    assert undone.removed == ("docs/kiln.md", "docs/sub/cedar.md")
    assert undone.restored == ("docs/anvil.md", "docs/birch.md", "docs/cedar.md")
    assert state(kb) == before
    assert (first(kb, "anvil"), first(kb, "felled"), first(kb, "kiln")) == (["docs/anvil.md"], [], [])
    assert kb.health()["ok"]
    kb.rollback(undone.run_id)
    assert state(kb) == after
    assert kb.health()["ok"]


def test_an_undone_collection_answers_as_before_also_after_reopening(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "own"
    with ragline.open(place, embedder="light") as kb:
        kb.ingest(folder)
        expected = [(hit.chunk.id, hit.score) for hit in kb.search("which stands by the gate", k=20)]
        (folder / "heron.md").write_text("# Heron\n\nGone fishing by the gate that stands.\n")
        run = kb.ingest(folder)
    with ragline.open(place) as kb:
        kb.rollback(run.run_id)
        assert [(hit.chunk.id, hit.score) for hit in kb.search("which stands by the gate", k=20)] == expected
    with ragline.open(place) as kb:
        assert [(hit.chunk.id, hit.score) for hit in kb.search("which stands by the gate", k=20)] == expected


def test_a_killed_run_is_not_undone_once_what_it_replaced_is_forgotten(
    kb: ragline.Collection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb.sync(folder)
    for word in WORDS[:5]:
        (folder / f"{word}.md").write_text(f"# About {word}\n\nThe {word} was moved.\n")
    with monkeypatch.context() as patch:  # as after a kill, nobody has said how the run ended
        patch.setattr(CatalogWriter, "finish_run", lambda *_: None)
        killed = kb.sync(folder).run_id
    (folder / "jetty.md").write_text("# About jetty\n\nThe jetty is the last change.\n")
    kb.sync(folder)
    before = state(kb)
    with pytest.raises(InputError, match="replaced or removed 5 documents, and only 0"):
        kb.rollback(killed)
    assert state(kb) == before


def test_what_has_changed_since_is_kept(tmp_path: Path, folder: Path) -> None:
    with ragline.open(tmp_path / "kb2", embedder="light", keep_runs=5) as kb:
        kb.ingest(folder)
        (folder / "anvil.md").write_text("# Anvil\n\nSecond.\n")
        (folder / "birch.md").write_text("# Birch\n\nSecond.\n")
        run = kb.ingest(folder)
        (folder / "anvil.md").write_text("# Anvil\n\nThird.\n")
        kb.ingest(folder)
        undone = kb.rollback(run.run_id)
        assert (undone.restored, undone.kept) == (("docs/birch.md",), ("docs/anvil.md",))
        assert kb.search("Third", k=1, mode="lexical")[0].doc_id == "docs/anvil.md"


def test_a_run_too_old_or_unknown_is_refused(kb: ragline.Collection, folder: Path) -> None:
    kb.ingest(folder)
    (folder / "anvil.md").write_text("# Anvil\n\nSecond.\n")
    run = kb.ingest(folder)
    (folder / "birch.md").write_text("# Birch\n\nSecond.\n")
    kb.ingest(folder)
    before = state(kb)
    with pytest.raises(InputError, match="replaced or removed 1 documents, and only 0 of their versions are still kept"):
        kb.rollback(run.run_id)
    with pytest.raises(InputError, match="no run 'nonsense'"):
        kb.rollback("nonsense")
    assert state(kb) == before
    assert [entry["kind"] for entry in kb.runs()] == ["ingest"] * 3


def test_deleted_means_gone_although_runs_are_kept(kb: ragline.Collection, folder: Path) -> None:
    run = kb.ingest(folder)
    kb.delete("docs/anvil.md")
    undone = kb.rollback(run.run_id)
    assert "docs/anvil.md" not in undone.restored
    assert kb.document_ids() == []


def test_one_paragraph_of_a_long_document_costs_its_chunks_only(kb: ragline.Collection) -> None:
    """About 200 chunks, cut by their topics; one word of one paragraph changes, and so do its chunk and its neighbours."""
    rng = random.Random(20261125)
    topics = [[f"{word}{number}" for word in WORDS] for number in range(40)]
    sentences = [" ".join(rng.choices(rng.choice(topics), k=12)).capitalize() + "." for _ in range(1800)]
    paragraphs = [" ".join(sentences[start : start + 9]) for start in range(0, len(sentences), 9)]
    kb.ingest([Document("long", "\n\n".join(paragraphs))])
    before = {chunk.id for chunk in kb.chunks("long")}
    assert len(before) >= 200
    paragraphs[100] = paragraphs[100].replace(paragraphs[100].split()[30], "changed", 1)
    report = kb.ingest([Document("long", "\n\n".join(paragraphs))])
    changed = {chunk.id for chunk in kb.chunks("long")} - before
    assert 1 <= report.embedded <= len(changed)
    assert len(changed) <= 3


@pytest.mark.parametrize("kind", ["word", "insert", "delete", "rewrite"])
def test_whatever_is_done_to_a_paragraph_costs_its_chunks_and_their_neighbours(kb: ragline.Collection, kind: str) -> None:
    rng = random.Random(20261126)
    topics = [[f"{word}{number}" for word in WORDS] for number in range(40)]

    def paragraph() -> str:
        return " ".join(" ".join(rng.choices(rng.choice(topics), k=12)).capitalize() + "." for _ in range(9))

    paragraphs = [paragraph() for _ in range(200)]
    kb.ingest([Document("long", "\n\n".join(paragraphs))])
    of_one = -(-len(kb.chunks("long")) // len(paragraphs))
    for _ in range(3):
        before = {chunk.id for chunk in kb.chunks("long")}
        at = rng.randrange(len(paragraphs))
        if kind == "word":
            paragraphs[at] = paragraphs[at].replace(rng.choice(paragraphs[at].split()), "changed", 1)
        elif kind == "insert":
            paragraphs.insert(at, paragraph())
        elif kind == "delete":
            del paragraphs[at]
        else:
            paragraphs[at] = paragraph()
        report = kb.ingest([Document("long", "\n\n".join(paragraphs))])
        changed = {chunk.id for chunk in kb.chunks("long")} - before
        assert report.embedded <= len(changed) <= of_one + 3  # one more where the new one is longer, and both neighbours


@pytest.mark.parametrize("paragraphs", [200, 800])
def test_an_edit_among_short_paragraphs_is_felt_no_farther_than_the_next_anchors(
    kb: ragline.Collection, paragraphs: int
) -> None:
    rng = random.Random(20261127)
    written = [" ".join(rng.choices(WORDS, k=rng.choice((12, 24, 40, 70)))).capitalize() + "." for _ in range(paragraphs)]
    kb.ingest([Document("long", "\n\n".join(written))])
    costs = []
    for _ in range(12):
        before = {chunk.id for chunk in kb.chunks("long")}
        written.insert(rng.randrange(len(written)), " ".join(rng.choices(WORDS, k=30)) + ".")
        kb.ingest([Document("long", "\n\n".join(written))])
        costs.append(len({chunk.id for chunk in kb.chunks("long")} - before))
    assert statistics.median(costs) <= 5
    assert max(costs) <= 16


def test_a_copied_tree_is_embedded_once(kb: ragline.Collection, folder: Path, tmp_path: Path) -> None:
    first_time = kb.ingest(folder)
    copy = tmp_path / "v2"
    shutil.copytree(folder, copy)
    assert first_time.embedded == 10
    assert kb.ingest(copy).embedded == 0
    assert len(kb.document_ids()) == 20
