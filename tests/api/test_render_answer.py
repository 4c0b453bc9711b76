import pytest

from api import render_answer
from ragline.types import Answer, Citation, ClaimCheck, Usage

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
