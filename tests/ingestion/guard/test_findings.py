"""What is found in texts, measured on sentences of our own and on other people's files."""

import time
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.guard.credentials import api_keys, private_keys
from ingestion.guard.findings import Finding, line_pieces, merged
from ingestion.guard.personal_data import cards, emails, ibans, phones

pytest.importorskip("detect_secrets", reason="needs the privacy extra")
pytest.importorskip("phonenumbers", reason="needs the privacy extra")

FINDERS: dict[str, Callable[[str], Iterator[Finding]]] = {
    "email": emails,
    "phone": phones,
    "iban": ibans,
    "card": cards,
    "api_key": api_keys,
    "private_key": private_keys,
}


def _cases() -> Any:
    spec = spec_from_file_location("privacy_cases", Path(__file__).with_name("privacy_cases.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


CASES = _cases()


def found(kind: str, text: str) -> list[str]:
    return [text[each.start : each.end] for each in merged(FINDERS[kind](text))]


@pytest.mark.parametrize("kind", FINDERS)
def test_every_passage_is_found_to_the_character_and_nothing_else(kind: str) -> None:
    """Precision and recall on the set are 1.0 for every kind; a detector that does worse is a step back."""
    cases = CASES[kind]
    assert len(cases.found) == len(cases.clean) == 20
    for sentence in cases.found:
        start, end = sentence.index("\u27e6"), sentence.index("\u27e7")
        text = sentence[:start] + sentence[start + 1 : end] + sentence[end + 1 :]
        assert found(kind, text) == [text[start : end - 1]], text
    for sentence in cases.clean:
        assert found(kind, sentence) == [], sentence


@pytest.mark.parametrize("kind", FINDERS)
def test_one_of_many_in_a_long_text(kind: str) -> None:
    passages = [text[text.index("\u27e6") + 1 : text.index("\u27e7")] for text in CASES[kind].found[:5]]
    text = "\n\n".join(CASES[kind].found[:5]).replace("\u27e6", "").replace("\u27e7", "")
    assert found(kind, text) == passages


def test_a_secret_is_found_wherever_it_stands_in_a_long_line() -> None:
    key = "ghp_" + "Zk3vQ9xT7mB2nR8wL5cJ1hG6dF4sPyXa0UeI"
    for before in (0, 4000, 4090, 4096, 4100, 20_000):
        text = "x " * (before // 2) + key + " y" * 3000
        assert found("api_key", text) == [key]
        assert found("phone", "x " * (before // 2) + "tel +49 30 901820" + " y" * 3000) == ["+49 30 901820"]


def test_the_same_prefix_in_prose_does_not_hide_the_key() -> None:
    key = "ghp_" + "Zk3vQ9xT7mB2nR8wL5cJ1hG6dF4sPyXa0UeI"
    assert found("api_key", f"A ghp_ token such as {key} begins with ghp_.") == [key]


def test_a_password_is_found_in_every_place() -> None:
    line = 'password = "c0rrect-h0rse-7"  # c0rrect-h0rse-7'
    assert found("api_key", line) == ["c0rrect-h0rse-7"] * 2


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "@", "a@", "a@a.", "@a.a.", ".", "a.a", "-", "1", "1 ", "+1", "(1)", "4", "4111 ", "DE89", "DE89 ", "A1", "A1 "),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMIIE" + "a" * 40,
            "-----",
        ),
        *(
            "password=",
            "password = '",
            "token:",
            "://",
            "a:b@",
            "://a:b@",
            "ghp_",
            "eyJ",
            "AKIA",
            "key",
            "=",
            "'",
            '"',
            "/",
            "sk-",
        ),
        *("Zk3vQ9xT7mB2nR8wL5cJ ", "a\n", "1\n", "key=a1b2c3d4\n"),
    ],
)
@pytest.mark.parametrize("kind", FINDERS)
def test_no_text_is_slow(kind: str, unit: str) -> None:
    """Linear in the text, at more than 50 KB a second for the worst of them."""
    text = unit * (50_000 // len(unit))
    started = time.process_time()
    for _ in FINDERS[kind](text):
        pass
    assert time.process_time() - started < 1.5


@given(st.text(max_size=200) | st.text(alphabet="a1@.:-+ '=/\n", max_size=200))
def test_any_text(text: str) -> None:
    for finder in FINDERS.values():
        for each in finder(text):
            assert 0 <= each.start < each.end <= len(text)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from(list(FINDERS)))))
def test_merged_findings_cover_the_same_and_do_not_overlap(spans: list[tuple[int, int, str]]) -> None:
    findings = [Finding(start, start + length, kind) for start, length, kind in spans]
    whole = merged(findings)
    assert all(a.end <= b.start for a, b in pairwise(whole))
    covered = {at for each in whole for at in range(each.start, each.end)}
    assert covered == {at for each in findings for at in range(each.start, each.end)}


@given(st.lists(st.integers(0, 9000), max_size=5))
def test_pieces_are_of_the_text_and_leave_nothing_out(lengths: list[int]) -> None:
    text = "\n".join("x" * length for length in lengths)
    covered = set()
    for start, piece in line_pieces(text):
        assert text[start : start + len(piece)] == piece
        covered |= set(range(start, start + len(piece)))
    assert {at for at, char in enumerate(text) if char != "\n"} <= covered


@pytest.mark.shared_data
def test_other_peoples_documentation_is_nearly_free_of_false_findings(shared_data: Path) -> None:
    """Phone numbers and cards in 300 files of manuals: the few there are were looked at, and are phone numbers of examples."""
    texts = [path.read_text("utf-8", "replace") for path in sorted((shared_data / "docs-markdown").rglob("*.md*"))[::4]]
    assert len(texts) > 250
    for kind in ("phone", "iban", "card", "private_key", "api_key"):
        passages = [passage for text in texts for passage in found(kind, text)]
        assert len(passages) <= 6, passages
