"""Golden sets of a collection, by the Python API and by the command line: built, checked, converted, run and scored."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from eval.golden import load_golden
from ragline.errors import GoldenSetError, InputError

FAQ = "Q: How is the filter cleaned?\nA: Rinse it with distilled water and let it dry.\n"
GUIDE = "# Fan\n\n## Warranty of the fan\n\nThe warranty lasts 36 months, and begins on the day of delivery.\n"


@pytest.fixture
def filled(kb: ragline.Collection) -> ragline.Collection:
    kb.ingest(
        [
            ragline.Document("faq.txt", FAQ),
            ragline.Document("guide.md", GUIDE, metadata={"format": "markdown"}),
            ragline.Document("secret.md", GUIDE.replace("fan", "bomb"), metadata={"format": "markdown"}, acl=("staff",)),
        ]
    )
    return kb


def command(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["golden", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout


def test_built_checked_searched_and_scored_through_one_door(filled: ragline.Collection, tmp_path: Path) -> None:
    report = filled.build_golden(tmp_path / "golden.jsonl")
    assert {part.origin: len(part.items) for part in report.parts} == {"faq": 1, "definition": 0, "heading": 2}
    golden = load_golden(tmp_path / "golden.jsonl")
    assert (golden.version, golden.sha256, len(golden)) == ("1", report.sha256, report.questions)
    assert golden.notes == "built by ragline: 1 faq; 0 definition; 2 heading"
    check = filled.check_golden(tmp_path / "golden.jsonl")
    assert (check.states, check.origins, check.stale) == ({"placed": 3}, {"heading": 2, "faq": 1}, ())
    result = filled.evaluate(tmp_path / "golden.jsonl", answers=False)
    assert result.metrics["span_recall@3"].total == 3
    assert set(result.slices) == {"faq", "heading"}
    with pytest.raises(InputError, match="labels may be in it"):
        filled.build_golden(tmp_path / "golden.jsonl")
    with pytest.raises(InputError, match=r"cannot be taken from \['rumours'\]"):
        filled.build_golden(tmp_path / "x.jsonl", ["rumours"])
    with pytest.raises(InputError, match="Questions by a model need one"):
        filled.build_golden(tmp_path / "x.jsonl", ["llm"])


def test_a_principal_builds_from_what_it_may_see(filled: ragline.Collection, tmp_path: Path) -> None:
    filled.build_golden(tmp_path / "open.jsonl", principal=ragline.Principal("guest"))
    assert "bomb" not in (tmp_path / "open.jsonl").read_text()
    filled.build_golden(tmp_path / "all.jsonl", principal=ragline.Principal("ann", frozenset({"staff"})))
    assert "bomb" in (tmp_path / "all.jsonl").read_text()
    hidden = filled.check_golden(tmp_path / "all.jsonl", principal=ragline.Principal("guest"))
    assert [finding.doc_id for finding in hidden.stale] == ["secret.md"]
    assert "secret.md" not in dict(filled.texts(principal=ragline.Principal("guest")))


def test_questions_that_users_approved_of_point_to_what_was_cited(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "logged", embedder="light", query_log="on") as kb:
        kb.ingest([ragline.Document("guide.md", GUIDE, metadata={"format": "markdown"})])
        answer = kb.answer("How long does the warranty last?")
        kb.feedback(answer, "up")
        report = kb.build_golden(tmp_path / "golden.jsonl", ["log"])
        (item,) = load_golden(tmp_path / "golden.jsonl").items
        assert (report.questions, item.tags, item.query) == (1, ("log",), "How long does the warranty last?")
        (judged,) = item.relevant
        assert judged.span is not None
        text = kb.get("guide.md")
        assert text is not None
        assert text.text[slice(*judged.span)] == judged.quote
        assert kb.build_golden(tmp_path / "none.jsonl", ["definition"]).path == ""


def test_a_set_that_the_documents_left_behind_is_told_and_placed_anew(filled: ragline.Collection, tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    filled.build_golden(path)
    filled.ingest([ragline.Document("guide.md", "Read this.\n\n" + GUIDE, metadata={"format": "markdown"})])
    filled.ingest([ragline.Document("faq.txt", FAQ.replace("distilled", "hot"))])
    filled.close()
    told = command("check", path, "--kb", tmp_path / "kb", code=3)
    assert "is moved. It stands at" in told
    assert "is gone. Read the document" in told
    assert "--set-version NEW" in told
    found = json.loads(command("check", path, "--kb", tmp_path / "kb", "--json", code=3))
    assert found["states"] == {"placed": 1, "moved": 1, "gone": 1}
    assert sorted(each["state"] for each in found["stale"]) == ["gone", "moved"]
    command("check", path, "--kb", tmp_path / "kb", "--set-version", "2", code=3)
    assert load_golden(path).version == "2"
    assert json.loads(command("check", path, "--kb", tmp_path / "kb", "--json", code=3))["states"] == {"placed": 2, "gone": 1}


def test_a_set_that_was_edited_gets_a_version_of_its_own(filled: ragline.Collection, tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    filled.build_golden(path)
    path.write_text(path.read_text().replace("How is the filter cleaned?", "How does one clean the filter?"))
    with pytest.raises(GoldenSetError, match="--set-version NEW"):
        filled.check_golden(path)
    filled.close()
    assert "written: " in command("check", path, "--kb", tmp_path / "kb", "--set-version", "2")
    assert load_golden(path).version == "2"


def test_the_command_line_from_end_to_end(filled: ragline.Collection, tmp_path: Path) -> None:
    filled.close()
    kb = tmp_path / "kb"
    told = command("build", tmp_path / "g.jsonl", "--kb", kb, "--from", "faq", "--from", "heading", "--set-version", "2026-11")
    assert "faq: 1 of 1" in told
    assert "3 questions; " in told
    built = json.loads(command("build", tmp_path / "h.jsonl", "--kb", kb, "--json"))
    assert built["origins"]["heading"] == {"candidates": 2, "questions": 2, "refused": {}, "notes": []}
    assert (
        json.loads(command("run", tmp_path / "g.jsonl", tmp_path / "run", "--kb", kb, "--depth", 5, "--json"))["queries"] == 3
    )
    scored = json.loads(command("score", tmp_path / "g.jsonl", tmp_path / "run", "--json", "--report", tmp_path / "report"))
    assert 0 < scored["metrics"]["MAP@10"]["value"] <= 1
    assert (tmp_path / "report" / "report.html").is_file()
    assert "hit_rate@10" in command("score", tmp_path / "g.jsonl", tmp_path / "run")
    converted = json.loads(command("convert", tmp_path / "g.jsonl", tmp_path / "trec", "--to", "trec", "--json"))
    assert converted["lost"]["tags"] == 3
    assert "3 questions read, 3 written" in command("convert", tmp_path / "trec", tmp_path / "back.jsonl")
    assert json.loads(command("schema"))["title"] == "A line of a golden set"
    command("build", tmp_path / "none.jsonl", "--kb", kb, "--from", "definition", code=3)


def test_contexts_of_ragas_are_found_in_the_collection(filled: ragline.Collection, tmp_path: Path) -> None:
    filled.close()
    row: dict[str, Any] = {"user_input": "How long?", "reference_contexts": ["The warranty lasts 36 months", "Gone."]}
    (tmp_path / "ragas.jsonl").write_text(json.dumps(row) + "\n")
    told = command("convert", tmp_path / "ragas.jsonl", tmp_path / "g.jsonl", "--kb", tmp_path / "kb", "--as", "guest")
    assert "1: in no document: 'Gone.'" in told
    assert load_golden(tmp_path / "g.jsonl").items[0].grades == {"guide.md": 1}


def test_an_evaluation_of_a_stale_set_tells_so_and_places_what_moved(filled: ragline.Collection, tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    filled.build_golden(path)
    before = filled.evaluate(path, answers=False)
    assert (before.stale, before.golden_version) == ((), "1")
    filled.ingest([ragline.Document("guide.md", "Read this.\n\n" + GUIDE, metadata={"format": "markdown"})])
    filled.delete("faq.txt")
    result = filled.evaluate(path, answers=False, reports=tmp_path / "report")
    assert [text.partition(". ")[0].split(" is ")[1] for text in result.stale] == ["missing", "moved"]
    assert result.golden_sha256 == before.golden_sha256
    (moved,) = [row for row in result.rows if row.relevant == ("guide.md",)]
    assert moved.metrics["span_recall@10"] == 1
    assert json.loads((tmp_path / "report" / "report.json").read_text())["stale"] == list(result.stale)
    assert "do not fit the documents any more" in (tmp_path / "report" / "report.html").read_text()
    assert "**Stale:** 2 judgements" in (tmp_path / "report" / "report.md").read_text()
    filled.close()
    told = CliRunner().invoke(
        app, ["eval", str(path), "--kb", str(tmp_path / "kb"), "--no-answers", "--report", str(tmp_path / "r")]
    )
    assert "stale: 2 judgements do not fit" in told.output


def test_chunks_can_be_what_is_ranked(filled: ragline.Collection, tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    filled.build_golden(path)
    result = filled.evaluate(path, answers=False, unit="chunk", principal=ragline.Principal("ann", frozenset({"staff"})))
    assert result.configuration["eval.unit"] == "chunk"
    assert result.metrics["recall@10"].value == 1
    with pytest.raises(InputError, match=r"Nothing is ranked by 'word'\. Choose one of document, chunk"):
        filled.evaluate(path, answers=False, unit="word")  # type: ignore[arg-type]
    guest = filled.evaluate(path, answers=False, unit="chunk", principal=ragline.Principal("guest"))
    assert [text.split(":")[1].strip() for text in guest.stale] == ["secret.md"]


def test_a_set_in_another_format_is_not_written_over(filled: ragline.Collection, tmp_path: Path) -> None:
    folder = tmp_path / "trec"
    folder.mkdir()
    (folder / "topics.tsv").write_text("1\tHow is the filter cleaned?\n")
    (folder / "qrels.txt").write_text("1 0 faq.txt 1\n1 0 gone.txt 1\n")
    assert filled.check_golden(folder).states == {"document": 1, "missing": 1}
    with pytest.raises(InputError, match=r"Name a file that ends in \.jsonl"):
        filled.check_golden(folder, set_version="2", out=folder)
    filled.check_golden(folder, set_version="2", out=tmp_path / "ours.jsonl")
    assert load_golden(tmp_path / "ours.jsonl").version == "2"


def test_a_place_that_cannot_be_written_or_read_is_bad_input_and_no_traceback(
    filled: ragline.Collection, tmp_path: Path
) -> None:
    golden, taken = tmp_path / "sets" / "golden.jsonl", tmp_path / "file"
    taken.write_text("")
    filled.build_golden(golden)
    for arguments in (
        ["build", taken / "set.jsonl", "--kb", tmp_path / "kb"],
        ["check", golden, "--kb", tmp_path / "kb", "--out", taken / "set.jsonl"],
        ["convert", golden, taken / "set.jsonl"],
        ["convert", golden, taken / "beir", "--to", "beir"],
        ["convert", golden, taken / "trec", "--to", "trec"],
        ["run", golden, taken / "run.trec", "--kb", tmp_path / "kb"],
        ["run", golden, tmp_path, "--kb", tmp_path / "kb"],
    ):
        result = CliRunner().invoke(app, ["golden", *map(str, arguments)])
        assert isinstance(result.exception, InputError), (arguments, result.exception)
        assert "cannot be written" in str(result.exception)
    (tmp_path / "odd.json").write_bytes(b"\xff\xfe")
    for name, says in {"absent.json": "cannot be read", "odd.json": "not UTF-8"}.items():
        result = CliRunner().invoke(app, ["golden", "convert", str(tmp_path / name), str(tmp_path / "out.jsonl")])
        assert isinstance(result.exception, GoldenSetError)
        assert says in str(result.exception)
