"""The commands for live traffic."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from eval.live.interleaving import credit, team_draft
from eval.live.sample_size import detectable_difference, paired_queries, preference_lists, proportion_users
from ragline.errors import InputError


def run(*arguments: str) -> dict[str, object]:
    found = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    values: dict[str, object] = json.loads(found.stdout)
    return values


def test_sample_sizes_are_those_of_the_library() -> None:
    assert run("sample-size", "--difference", "0.01", "--deviation", "0.2")["queries"] == paired_queries(0.01, 0.2)
    found = run("sample-size", "--queries", "300", "--deviation", "0.2", "--power", "0.9")
    assert found["least_difference"] == detectable_difference(300, 0.2, power=0.9)
    users = run("sample-size", "--shares", "0.1", "0.12", "--ratio", "2")
    assert (users["users_of_A"], users["users_of_B"]) == proportion_users(0.1, 0.12, ratio=2)
    assert run("sample-size", "--prefer", "0.55", "--ties", "0.4")["lists"] == preference_lists(0.55, ties=0.4)


def test_a_person_reads_figures_with_the_digits_that_matter() -> None:
    shown = CliRunner().invoke(app, ["sample-size", "--queries", "106", "--deviation", "0.13281789625359522"]).stdout
    assert "0.1328" in shown
    assert "0.13281" not in shown
    assert "least difference" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--difference", "0.01"),
        ("--difference", "0.01", "--deviation", "0.2", "--prefer", "0.6"),
        ("--difference", "0", "--deviation", "0.2"),
        ("--difference", "0.01", "--queries", "9", "--deviation", "0.2"),
    ],
)
def test_too_little_or_too_much_is_refused(arguments: tuple[str, ...]) -> None:
    assert isinstance(CliRunner().invoke(app, ["sample-size", *arguments]).exception, InputError)


def test_a_user_is_assigned() -> None:
    command = ("assign", "ann", "--variant", "new=1", "--variant", "old=0", "--salt", "ranking-7")
    assert run(*command)["variant"] == "new"
    for variants in (["new=x"], ["a", "a=2"], ["=1"]):
        given = [part for name in variants for part in ("--variant", name)]
        assert isinstance(CliRunner().invoke(app, ["assign", "ann", *given, "--salt", "s"]).exception, InputError)


def test_clicks_tell_a_preference(tmp_path: Path) -> None:
    clicks = tmp_path / "clicks.jsonl"
    clicks.write_text("".join(json.dumps({"user": f"u{n % 9}", "a": 0, "b": 1}) + "\n" for n in range(18)))
    found = run("preference", str(clicks))
    assert (found["counted"], found["prefer_a"], found["prefer_b"]) == ("users", 0, 9)
    assert found["p"] == pytest.approx(2 / 2**9)
    assert run("preference", str(clicks), "--no-by-user")["prefer_b"] == 18
    clicks.write_text("")
    found = CliRunner().invoke(app, ["preference", str(clicks)])
    assert isinstance(found.exception, InputError)


def test_two_rankings_of_a_collection_are_interleaved(kb: ragline.Collection, docs: Path) -> None:
    kb.ingest(docs)
    query = "annual leave of the pump"
    shown = team_draft(kb.search(query), kb.search(query, mode="lexical"), k=3, user="ann", query=query, salt="mode-1")
    assert 1 <= len(shown.items) == len(set(shown.keys)) <= 3
    clicks = credit(shown, [shown.items[0].chunk.id], user="ann")
    assert clicks.a + clicks.b == 1
