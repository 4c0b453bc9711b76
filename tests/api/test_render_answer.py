import pytest

from api import render, render_answer, render_search
from ragline.types import Answer, Chunk, Citation, ClaimCheck, Hit, Usage

TEXT = "It lasts 24 months [1]. It is [bold]. The sky is green."
CITATION = Citation(1, "It lasts 24.", "faq.md", "c1", 10, 29, "It lasts 36.", 0.6, section_path=("Terms",), page=2)


def test_doubtful_sentences_are_marked_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    claims = (
        ClaimCheck(0, 23, "unsupported", 0.4, (0,), ("'24 months' is not in the passage",)),
        ClaimCheck(24, 37, "supported", 1.0),
        ClaimCheck(38, 55, "uncited", 0.0, reasons=("it cites no passage",)),
    )
    render_answer.answer(Answer("q", TEXT, (CITATION,), False, "a note", (), Usage("stub"), claims=claims))
    assert capsys.readouterr().out.splitlines() == [
        "It lasts 24 months [1]. (unsupported) It is [bold]. The sky is green. (uncited)",
        "  [1] faq.md, characters 10-29, page 2 (Terms)",
        "  unsupported 'It lasts 24 months [1].': '24 months' is not in the passage",
        "  uncited 'The sky is green.': it cites no passage",
        "  a note",
    ]


def test_an_abstention_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    render_answer.answer(Answer("q", "I don't know.", (), True, "nothing [found]", (), Usage("stub")))
    assert capsys.readouterr().out == "I don't know. nothing [found]\n"


def test_no_document_or_model_gives_orders_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "lasts\x1b]0;owned\x07 \x9b2J24 \u202emonths\ud800"
    citation = Citation(1, "", f"faq{hostile}.md", "c1", 0, 4, hostile, 0.6)
    claim = ClaimCheck(0, len(hostile), "unsupported", 0.4, (0,), (hostile,))
    render_answer.answer(Answer(hostile, hostile, (citation,), False, hostile, (), Usage("stub"), claims=(claim,)))
    render_search.hits([Hit(Chunk("c", f"faq{hostile}", hostile, 0, len(hostile)), 0.5, 1)], "q")
    render.line(hostile)
    said = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\u202e\ud800") & set(said)
    assert "lasts\\x1b]0;owned\\x07 \\x9b2J24 \\u202emonths\\ud800" in said
