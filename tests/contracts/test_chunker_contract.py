"""What every chunker must hold, on texts and structures that nobody would write.

A chunker is what passes this suite: add a factory to ``CHUNKERS``.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.chunkers.base import Chunker, ChunkSpan, TokenCounter
from ingestion.chunkers.registry import CHUNKERS as CHUNKER_NAMES
from ingestion.chunkers.registry import make_chunker
from ingestion.chunkers.structure import StructureChunker
from ingestion.elements import Element, ParsedDocument, RawSource, Table
from ingestion.graphemes import is_grapheme_boundary
from ingestion.parsers.registry import parse
from ingestion.parsers.text import parse_plain_text
from ragline.errors import ParseError, SettingsError
from ragline.settings import Settings


class PieceCounter:
    """Four characters of a word or one line end are a token: long words have several, as in real vocabularies."""

    max_tokens: int | None = 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [sum((len(word) + 3) // 4 for word in text.split()) + text.count("\n") for text in texts]


@cache
def llama_counter() -> TokenCounter:
    """The tokenizer of the light embedder: byte fallback, tokens for line ends, a prefix on every text."""
    from importlib.resources import files

    from tokenizers import Tokenizer

    folder = files("wordllama") / "tokenizers"
    name = next(entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    tokenizer: Any = Tokenizer.from_str((folder / name).read_text(encoding="utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    class LlamaCounter:
        max_tokens: int | None = 512

        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [len(each.ids) for each in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    return LlamaCounter()


def letter_vectors(texts: Sequence[str]) -> list[list[float]]:
    """Vectors that are alike for texts of like letters; a text without any has the zero vector."""
    return [[float(text.count(letter)) for letter in "aoPw漢.\n"] for text in texts]


Factory = Callable[[TokenCounter, int, float], Chunker]
CHUNKERS: dict[str, Factory] = {
    name: partial(lambda name, counter, size, overlap: make_chunker(name, counter, size, overlap, letter_vectors), name)
    for name in CHUNKER_NAMES
}
CHUNKERS["structure with tables"] = lambda counter, size, overlap: StructureChunker(
    counter, size_tokens=size, overlap=overlap, rows=True, summaries=True, summarise=lambda text: text[:90]
)
COUNTERS: dict[str, Callable[[], TokenCounter]] = {"pieces": PieceCounter, "llama": llama_counter}

SAMPLE = "aB1 .!?\n\t-|#Q:é漢。\u0301\u200d👩🏽🇩🇪ख\u094d\u00a0\u2028"
snippets = (
    st.text(alphabet=st.sampled_from(SAMPLE), max_size=300)
    | st.text(max_size=120)
    | st.lists(
        st.sampled_from(["word", "Pump.", "E-4012", "longer", "x" * 90, "漢字", "。", "\n\n", "- a\n"]), max_size=150
    ).map(" ".join)
)
# Most snippets are short, so they are repeated: texts must be longer than a chunk to be split.
pieces = st.tuples(snippets, st.sampled_from([1, 1, 5, 30])).map(lambda pair: pair[0] * pair[1])
kinds = st.sampled_from(["heading", "paragraph", "list", "table", "code", "quote", "caption", "qa", "record"])
gaps = st.sampled_from(["", " ", "\n", "\n\n", "\n***\n", "\n" * 30])


@st.composite
def tables(draw: st.DrawFn, text: str, rows: Sequence[tuple[int, int]]) -> Table:
    """Cells that are words of their rows, or come from elsewhere, under columns of any number and length."""
    columns = draw(st.lists(st.sampled_from(["", "Year", "2024 > Q1", "a\nb", "漢字", "x" * 60]), max_size=6))
    other = st.sampled_from(["", "merged", "1,200 €", "y" * 70])
    cells = [
        tuple(draw(st.sampled_from(text[start:end].split())) if draw(st.booleans()) else draw(other) for _ in columns)
        for start, end in rows
    ]
    return Table(tuple(columns), tuple(cells), draw(st.sampled_from(["", "Prices", "long " * 90])))


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Random structures: any element may follow any other, sections jump, rows are anywhere inside their element."""
    text = ""
    elements = []
    path: tuple[str, ...] = ()
    page: int | None = draw(st.sampled_from([None, 1]))
    for _ in range(draw(st.integers(0, 6))):
        page = None if page is None else page + draw(st.sampled_from([0, 0, 1, 2]))
        piece = draw(pieces)
        kind: Any = draw(kinds)
        text += draw(gaps)
        start, end = len(text), len(text) + len(piece)
        text += piece
        if kind == "heading":
            elements.append(Element(kind, start, end, draw(st.integers(1, 3)), path, page))
            path = (*path[: draw(st.integers(0, len(path)))], piece[:20].strip() or "x")
            continue
        cuts = sorted(draw(st.sets(st.integers(start, end), max_size=5))) if kind in {"list", "table", "record"} else []
        rows = [(a, b) for a, b in itertools.pairwise(cuts) if text[a:b].strip()]
        header = rows.pop(0) if kind == "table" and rows else None
        table = draw(tables(text, rows)) if kind == "table" and draw(st.booleans()) else None
        elements.append(Element(kind, start, end, 0, path, page, rows=tuple(rows), header=header, table=table))
    return ParsedDocument(text, tuple(elements), title=draw(st.text(max_size=40)))


def check(parsed: ParsedDocument, spans: Sequence[ChunkSpan], counter: TokenCounter, size: int) -> None:
    """The invariants of :class:`ingestion.chunkers.base.Chunker`."""
    covered = bytearray(len(parsed.text))
    fulls = []
    tables = [element for element in parsed.elements if element.table is not None]
    extras = [span for span in spans if span.role != "body"]
    assert list(spans) == [*(span for span in spans if span.role == "body"), *extras]
    for span in extras:
        place = next(each for each in tables if each.start <= span.start < span.end <= each.end)
        assert (span.kind, span.page, span.section_path) == ("table", place.page, place.section_path)
        assert parsed.text[span.start : span.end].strip()
        assert not span.context.endswith("\n")
        fulls.append(f"{span.context}\n{parsed.text[span.start : span.end]}")
    spans = [span for span in spans if span.role == "body"]
    for span in spans:
        assert 0 <= span.start < span.end <= len(parsed.text)
        assert not parsed.text[span.start : span.end].isspace()
        assert not span.context.endswith("\n")
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
        fulls.append(f"{span.context}\n{parsed.text[span.start : span.end]}")
    assert all(count <= size for count in counter.count_tokens(fulls))
    for before, after in itertools.pairwise(spans):
        assert before.start < after.start
        assert before.end < after.end
        if before.section_path != after.section_path:
            assert before.end <= after.start
    for element in parsed.elements:
        for index in range(element.start, element.end):
            assert covered[index] or parsed.text[index].isspace()
        for span in spans:
            if span.start < element.end and element.start < span.end and not parsed.text[element.start : element.end].isspace():
                assert span.page == element.page


sizes = st.sampled_from([32, 48, 100, 256])
overlaps = st.sampled_from([0.0, 0.15, 0.5])
quick = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("name", CHUNKERS)
@quick
@given(parsed=documents(), size=sizes, overlap=overlaps)
def test_invariants_on_any_structure(name: str, counter: str, parsed: ParsedDocument, size: int, overlap: float) -> None:
    counts = COUNTERS[counter]()
    chunker = CHUNKERS[name](counts, size, overlap)
    spans = chunker.chunk(parsed)
    check(parsed, spans, counts, size)
    assert spans == CHUNKERS[name](counts, size, overlap).chunk(parsed)


@pytest.mark.parametrize("name", CHUNKERS)
@quick
@given(text=pieces, size=st.sampled_from([16, 17, 40, 256]), overlap=overlaps)
def test_invariants_on_any_plain_text(name: str, text: str, size: int, overlap: float) -> None:
    counts = PieceCounter()
    parsed = parse_plain_text(text)
    spans = CHUNKERS[name](counts, size, overlap).chunk(parsed)
    check(parsed, spans, counts, size)
    if size >= 40:  # graphemes of the alphabet fit, so none may be cut
        given_starts = {element.start for element in parsed.elements}
        assert all(span.start in given_starts or is_grapheme_boundary(text, span.start) for span in spans)


@pytest.mark.parametrize("suffix", ["md", "html", "csv", "json", "txt"])
@pytest.mark.parametrize("name", CHUNKERS)
@settings(quick, max_examples=25)
@given(text=pieces)
def test_invariants_on_whatever_a_parser_returns(name: str, suffix: str, text: str) -> None:
    counts = PieceCounter()
    try:
        parsed = parse(RawSource(f"x.{suffix}", text.encode()))
    except ParseError:
        return
    check(parsed, CHUNKERS[name](counts, 40, 0.2).chunk(parsed), counts, 40)


@pytest.mark.parametrize("name", CHUNKERS)
def test_fingerprints_tell_settings_apart(name: str) -> None:
    make = CHUNKERS[name]
    prints = [make(PieceCounter(), size, overlap).fingerprint for size in (64, 128) for overlap in (0.0, 0.25)]
    assert len(set(prints)) == len(prints)
    assert prints[0] == make(PieceCounter(), 64, 0.0).fingerprint


@pytest.mark.parametrize("name", CHUNKERS)
@quick
@given(count=st.integers(1, 60), length=st.integers(3, 12), size=st.sampled_from([40, 100, 256]), overlap=overlaps)
def test_overlap_is_what_was_asked(name: str, count: int, length: int, size: int, overlap: float) -> None:
    """In one section of running text: never more than asked, and something wherever there is a sentence to repeat."""
    counts = PieceCounter()
    sentence = " ".join(["Word", *["next"] * (length - 2), "end."])
    text = " ".join([sentence] * count)
    asked, new = round(size * overlap), 0
    for before, after in itertools.pairwise(CHUNKERS[name](counts, size, overlap).chunk(parse_plain_text(text))):
        (repeated,) = counts.count_tokens([text[after.start : before.end] if after.start < before.end else ""])
        assert repeated <= asked
        if asked == 0:
            assert before.end < after.start
        elif asked > length and text.count("end.", new, before.end) > 1:
            assert repeated > 0
        new = before.end


@pytest.mark.parametrize("name", CHUNKERS)
def test_bad_settings_are_refused_at_construction(name: str) -> None:
    for size, overlap in ((15, 0.1), (0, 0.1), (-5, 0.1), (257, 0.1), (64, -0.1), (64, 0.51), (64, float("nan"))):
        with pytest.raises(SettingsError, match="use "):
            CHUNKERS[name](PieceCounter(), size, overlap)


def test_an_unknown_chunker_is_refused() -> None:
    with pytest.raises(SettingsError, match="use one of structure, auto, fixed"):
        make_chunker("best", PieceCounter())


def test_the_setting_offers_every_chunker() -> None:
    (setting,) = (field for field in fields(Settings) if field.name == "chunker")
    assert sorted(setting.metadata["choices"]) == sorted(CHUNKER_NAMES)


@pytest.mark.parametrize("name", CHUNKERS)
def test_nothing_gives_no_chunks(name: str) -> None:
    assert CHUNKERS[name](PieceCounter(), 64, 0.1).chunk(ParsedDocument("", ())) == []
