"""What is said of a file from outside it: sidecar files and callables, their order, and access that fails closed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from ingestion import sources
from ragline.errors import InputError
from ragline.types import Description, Principal

ANN = Principal("ann")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "docs"
    place.mkdir()
    (place / "plan.md").write_text("---\ntitle: Own title\nyear: 2020\nteam: core\n---\n# Plan\n\nThe heron nests in May.\n")
    return place


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        yield collection


def seen(kb: ragline.Collection, principal: Principal | None = None) -> list[str]:
    return [hit.doc_id for hit in kb.search("heron nests", principal=principal)]


def test_a_sidecar_goes_before_the_file_and_the_caller_before_both(kb: ragline.Collection, folder: Path) -> None:
    (folder / "plan.md.meta.yaml").write_text("title: Sidecar title\nyear: 2021\nregion: north\nlanguage: en\n")
    report = kb.ingest(folder)
    assert [row.doc_id for row in report.rows] == ["docs/plan.md"], "a sidecar is no document"
    document = kb.get("docs/plan.md")
    assert document is not None
    assert document.title == "Sidecar title"
    assert document.metadata == {"year": 2021, "team": "core", "region": "north"}
    assert kb.chunks("docs/plan.md")[0].context.startswith("Sidecar title"), "what is embedded carries it too"

    def say(path: Path) -> Description | None:
        return Description(title="Called", metadata={"year": 2022}) if path.name == "plan.md" else None

    assert kb.ingest(folder, describe=say).counts["updated"] == 1
    document = kb.get("docs/plan.md")
    assert document is not None
    assert (document.title, document.metadata["year"], document.metadata["region"]) == ("Called", 2022, "north")
    assert kb.ingest(folder, describe=say).counts["unchanged"] == 1


def test_a_changed_sidecar_changes_the_document(kb: ragline.Collection, folder: Path) -> None:
    sidecar = folder / "plan.md.meta.json"
    sidecar.write_text('{"acl": ["ann"]}')
    kb.ingest(folder)
    assert (seen(kb), seen(kb, ANN)) == ([], ["docs/plan.md"])
    assert kb.ingest(folder).counts["unchanged"] == 1
    sidecar.write_text('{"acl": ["ben"]}')
    assert kb.ingest(folder).counts["updated"] == 1
    assert (seen(kb, ANN), seen(kb, Principal("ben"))) == ([], ["docs/plan.md"])
    sidecar.unlink()
    assert kb.ingest(folder).counts["updated"] == 1
    assert seen(kb) == ["docs/plan.md"]


@pytest.mark.parametrize(
    "content",
    [b"acl: [ann\n", b"\xff\xfe broken", b"just words", b"", b"acl: {a: 1}\n", b"options: 3\n", b"a: &x [1]\nb: *x\n"],
)
def test_a_sidecar_that_cannot_be_read_means_nobody(kb: ragline.Collection, folder: Path, content: bytes) -> None:
    (folder / "plan.md.meta.yaml").write_bytes(content)
    report = kb.ingest(folder)
    assert [row.status for row in report.rows] == ["degraded"]
    assert "nobody may see" in report.rows[0].reason
    assert (seen(kb), seen(kb, ANN)) == ([], [])


@pytest.mark.parametrize("content", ["---\nacl: [ann]\n", "---\nacl: [ann]\n---\n", "%YAML 1.1\n---\nacl: [ann]\n...\n"])
def test_a_sidecar_may_have_the_marks_of_a_yaml_document(kb: ragline.Collection, folder: Path, content: str) -> None:
    (folder / "plan.md.meta.yaml").write_text(content)
    kb.ingest(folder)
    assert (seen(kb), seen(kb, ANN)) == ([], ["docs/plan.md"])


@pytest.mark.parametrize("content", ["title: x\n---\nacl: [ann]\n", "title: x\n...\nacl: [ann]\n", "---\n---\nacl: [ann]\n"])
def test_an_acl_behind_the_first_document_of_a_sidecar_is_not_lost(kb: ragline.Collection, folder: Path, content: str) -> None:
    (folder / "plan.md.meta.yaml").write_text(content)
    report = kb.ingest(folder)
    assert [row.status for row in report.rows] == ["degraded"]
    assert (seen(kb), seen(kb, ANN)) == ([], [])


def test_of_two_sidecars_none_is_believed(kb: ragline.Collection, folder: Path) -> None:
    (folder / "plan.md.meta.yaml").write_text("title: Open\n")
    (folder / "plan.md.meta.json").write_text('{"acl": ["ann"]}')
    rows = kb.ingest(folder).rows
    assert [row.status for row in rows] == ["degraded"]
    assert "plan.md.meta.yaml describes the same file" in rows[0].reason
    assert (seen(kb), seen(kb, ANN)) == ([], [])


@pytest.mark.parametrize("suffix", [".META.JSON", ".Meta.yaml"])
def test_the_case_of_a_suffix_opens_nothing(kb: ragline.Collection, folder: Path, suffix: str) -> None:
    (folder / f"plan.md{suffix}").write_text('{"acl": ["ann"]}')
    assert [row.doc_id for row in kb.ingest(folder).rows] == ["docs/plan.md"]
    assert (seen(kb), seen(kb, ANN)) == ([], ["docs/plan.md"])


def test_a_link_to_a_described_file_is_described_too(kb: ragline.Collection, folder: Path) -> None:
    (folder / "plan.md.meta.yaml").write_text("acl: [ann]\n")
    (folder / "public.md").symlink_to(folder / "plan.md")
    kb.ingest(folder)
    assert seen(kb) == []
    assert set(seen(kb, ANN)) == {"docs/plan.md", "docs/public.md"}


def test_what_is_said_of_a_link_opens_nothing_that_is_closed_for_its_target(kb: ragline.Collection, folder: Path) -> None:
    (folder / "plan.md.meta.yaml").write_text("acl: [ann]\ntitle: Plan\n")
    (folder / "public.md").symlink_to(folder / "plan.md")
    (folder / "public.md.meta.yaml").write_text("title: Another name\n")
    kb.ingest(folder)
    assert seen(kb) == []
    document = kb.get("docs/public.md")
    assert document is not None
    assert (document.title, document.acl) == ("Another name", ("ann",))


def test_a_file_that_is_no_longer_taken_is_closed_all_the_same(
    kb: ragline.Collection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb.ingest(folder)
    assert seen(kb) == ["docs/plan.md"]
    (folder / "plan.md.meta.yaml").write_text("acl: [ann]\n")
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 4)
    report = kb.ingest(folder)
    (row,) = report.rows
    assert (row.status, report.embedded) == ("skipped", 0)
    assert "for those whom the access list names now" in row.reason
    assert (seen(kb), seen(kb, ANN)) == ([], ["docs/plan.md"])


def test_json_sidecars_are_read_as_programs_write_them(kb: ragline.Collection, folder: Path) -> None:
    said = {"acl": ["ann"], "title": "Heron \U0001f426"}
    (folder / "plan.md.meta.json").write_text(json.dumps(said, indent="\t"))
    kb.ingest(folder)
    assert (seen(kb), seen(kb, ANN)) == ([], ["docs/plan.md"])
    document = kb.get("docs/plan.md")
    assert document is not None
    assert document.title == said["title"]


def test_a_file_that_fails_is_closed_all_the_same(kb: ragline.Collection, folder: Path) -> None:
    data = folder / "pay.json"
    data.write_text('{"heron nests": "in the cupboard"}')
    kb.ingest(folder)
    before = kb.chunks("docs/pay.json")
    data.write_text('{"heron nests": "in the cupboard"')
    (folder / "pay.json.meta.yaml").write_text("acl: [ann]\n")
    report = kb.ingest(folder)
    (row,) = (row for row in report.rows if row.doc_id == "docs/pay.json")
    assert (row.status, row.chunks, report.embedded) == ("failed", 0, 0)
    assert "not valid JSON" in row.reason
    assert "the access list names now" in row.reason
    assert seen(kb) == ["docs/plan.md"]
    assert "docs/pay.json" in seen(kb, ANN)
    assert kb.chunks("docs/pay.json") == before
    assert kb.health()["ok"]
    (row,) = (row for row in kb.ingest(folder).rows if row.doc_id == "docs/pay.json")
    assert (row.status, "access list" in row.reason) == ("failed", False), "nothing is left to do"
    data.write_text('{"heron nests": "in the cupboard"}')
    assert kb.ingest(folder).counts["updated"] == 1
    assert seen(kb) == ["docs/plan.md"]


def test_a_callable_can_close_documents(kb: ragline.Collection, folder: Path) -> None:
    kb.ingest(folder, describe=lambda _: Description(acl=()))
    assert (seen(kb), seen(kb, ANN)) == ([], [])
    kb.ingest(folder, describe=lambda _: Description(acl=("ann",)))
    assert seen(kb, ANN) == ["docs/plan.md"]


def test_documents_that_lose_their_access_list_are_named(kb: ragline.Collection, folder: Path) -> None:
    assert kb.ingest(folder, describe=lambda _: Description(acl=("ann",))).warnings == ()
    report = kb.ingest(folder)
    assert "everybody may see them: docs/plan.md" in report.warnings[0]
    assert kb.runs()[-1]["warnings"] == list(report.warnings)
    assert kb.ingest(folder).warnings == (), "said once"


@pytest.mark.parametrize("wrong", ["text", {"title": "x"}, Description(acl="ann"), Description(metadata={"day": object()})])
def test_a_wrong_description_is_refused_before_anything_is_written(kb: ragline.Collection, folder: Path, wrong: object) -> None:
    with pytest.raises(InputError, match=r"return a ragline.Description|give a list|give a text"):
        kb.ingest(folder, describe=lambda _: wrong)  # type: ignore[arg-type,return-value]
    assert kb.document_ids() == []


def test_a_sidecar_without_its_file_is_reported(kb: ragline.Collection, folder: Path) -> None:
    (folder / "gone.pdf.meta.yaml").write_text("title: Gone\n")
    rows = kb.ingest(folder).rows
    assert [(row.status, row.reason) for row in rows if row.status == "skipped"] == [
        ("skipped", "describes a file that is not there; remove it")
    ]


def test_sync_sees_descriptions_too(kb: ragline.Collection, folder: Path) -> None:
    (folder / "plan.md.meta.yaml").write_text("region: north\n")
    kb.sync(folder)
    assert kb.sync(folder).counts["unchanged"] == 1
    (folder / "plan.md").rename(folder / "moved.md")
    (folder / "plan.md.meta.yaml").rename(folder / "moved.md.meta.yaml")
    assert kb.sync(folder).counts["moved"] == 1
