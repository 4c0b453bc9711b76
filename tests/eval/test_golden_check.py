"""A golden set that documents have left behind says so, judgement by judgement, with what to do."""

from dataclasses import replace
from pathlib import Path

from eval.golden import GoldenItem, Relevance, golden_set
from eval.golden_check import check_golden

OLD = "The pump restarts. Hold the key for two seconds. The pump stops."
NEW = "Read this first. The pump restarts.  Hold the\nkey for two seconds. Hold the key for two seconds."
QUOTE = "Hold the key for two seconds."


def one(*judgements: Relevance) -> GoldenItem:
    return GoldenItem("q", "?", "a", relevant=judgements)


def states(*judgements: Relevance, text: str = NEW) -> list[tuple[str, tuple[int, int] | None]]:
    check = check_golden(golden_set("s", [one(*judgements)]), {"m.md": text}.get, ["m.md", "other/gone.md"])
    return [(finding.state, finding.place) for finding in check.findings]


def test_every_state_that_a_judgement_can_have() -> None:
    start = OLD.index(QUOTE)
    placed = Relevance("m.md", 1, QUOTE, start, start + len(QUOTE))
    assert states(placed, text=OLD) == [("placed", placed.span)]
    assert states(placed) == [("moved", (37, 66))]
    assert states(replace(placed, start=900, end=929)) == [("moved", (67, 96))]
    assert states(Relevance("m.md", 1, QUOTE)) == [("found", (37, 66))]
    assert states(Relevance("m.md")) == [("document", None)]
    assert states(Relevance("m.md", 1, "", 3, 9)) == [("unproved", (3, 9))]
    assert states(Relevance("m.md", 1, "", 3, 900)) == [("beyond", None)]
    assert states(Relevance("m.md", 1, "The pump stops.", 49, 64)) == [("gone", None)]
    assert states(Relevance("gone.md", 1, QUOTE)) == [("missing", None)]


def test_what_is_stale_is_listed_with_what_to_do() -> None:
    golden = golden_set(
        "s",
        [
            one(Relevance("m.md", 2, QUOTE, 19, 48), Relevance("m.md", 1, "The pump stops.", 49, 64)),
            GoldenItem("r", "?", relevant=(Relevance("docs/gone.md", 1, "x"), Relevance("lost.md"))),
        ],
        version="2",
    )
    check = check_golden(golden, {"m.md": NEW}.get, ["m.md", "new/gone.md"], version="3")
    assert [str(finding) for finding in check.stale] == [
        "q: m.md: 'Hold the key for two seconds.' is moved. It stands at 37 to 66: place it anew.",
        "q: m.md: 'The pump stops.' is gone. Read the document: quote what answers now, or delete the judgement; a question "
        "without one left is unanswerable.",
        "r: docs/gone.md: 'x' is missing. Did it become 'new/gone.md'? Correct doc_id, or ingest the document.",
        "r: lost.md: is missing. Ingest the document, correct doc_id, or delete the judgement.",
    ]
    assert check.states == {"moved": 1, "gone": 1, "missing": 2}
    assert sum(check.states.values()) == check.judgements == 4
    assert check.updated.items[0].relevant[0] == Relevance("m.md", 2, QUOTE, 37, 66)
    assert check.updated.items[1] == golden.items[1]
    assert (check.updated.version, check.golden.version) == ("3", "2")
    assert check.updated.sha256 != golden.sha256
    assert check.json()["stale"]


def test_a_set_that_fits_stays_as_it_is(samples: Path) -> None:
    golden = golden_set(
        "s", [one(Relevance("m.md", 1, QUOTE, 19, 48)), GoldenItem("u", "?", answerable=False, tags=("x", "llm"))]
    )
    check = check_golden(golden, {"m.md": OLD}.get)
    assert check.stale == ()
    assert check.updated == golden
    assert (check.origins, check.tags) == ({"by hand": 1, "llm": 1}, {"llm": 1, "x": 1})


def test_two_quotes_that_move_to_one_place_are_one_judgement() -> None:
    golden = golden_set("s", [one(Relevance("m.md", 1, QUOTE, 0, 29), Relevance("m.md", 1, QUOTE))])
    check = check_golden(golden, {"m.md": OLD}.get)
    assert check.updated.items[0].relevant == (Relevance("m.md", 1, QUOTE, 19, 48),)
