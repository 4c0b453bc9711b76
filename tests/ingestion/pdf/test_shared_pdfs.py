"""Real files of other people: no word of their text layers is lost, and every element is in its place."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.pdf import PdfParser
from ingestion.parsers.pdf.characters import clean
from ragline.errors import ParseError

pytestmark = pytest.mark.shared_data

FOLDERS = ("docs-pypdf-samples", "docs-unstructured")
_HYPHENATED = re.compile("[\ufffe\x02]")
_NOT_WORD = re.compile(r"[\W_]+")
# Larger files take seconds and show nothing new; see the benchmark "parsing" for all of them.
MAX_BYTES = 2_000_000


def parsed_files(shared_data: Path) -> Iterator[tuple[Path, ParsedDocument]]:
    for folder in FOLDERS:
        for path in sorted((shared_data / folder).rglob("*.pdf")):
            if path.stat().st_size <= MAX_BYTES:
                try:
                    parsed = PdfParser().parse(RawSource(path.name, path.read_bytes()))
                except ParseError:  # locked, damaged, or scanned
                    continue
                yield path, parsed


def text_layer(path: Path) -> Iterator[str]:
    """The lines that PDFium finds by itself."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for page in document:
        layer = page.get_textpage()
        yield from layer.get_text_range().splitlines()
        layer.close()
    document.close()


def letters(text: str) -> Counter[str]:
    """How often each letter stands in words, which does not change when words are closed."""
    return Counter(_NOT_WORD.sub("", "".join(clean(word) for word in text.split())))


def test_no_word_is_lost_but_the_running_heads_that_are_reported(shared_data: Path) -> None:
    total = lost = files = 0
    for path, parsed in parsed_files(shared_data):
        heads = {_NOT_WORD.sub("", re.sub(r"\d+", "#", str(each))) for each in parsed.metadata.get("running_heads") or ()}  # type: ignore[union-attr]
        lines = [line for line in text_layer(path) if _NOT_WORD.sub("", re.sub(r"\d+", "#", line)) not in heads]
        drawn = letters(_HYPHENATED.sub("", "\n".join(lines)))
        missing = sum((drawn - letters(parsed.text)).values())
        total, lost, files = total + sum(drawn.values()), lost + missing, files + 1
        assert missing <= 0.02 * sum(drawn.values()) + 20, path.name
    assert files >= 50
    assert 1 - lost / total >= 0.995


def test_words_stand_as_they_are_drawn(shared_data: Path) -> None:
    """Whole words, not only their letters: what is not found is closed at a line end or stands in a running head."""
    total = found = 0
    for path, parsed in parsed_files(shared_data):
        words = Counter(re.findall(r"[^\W\d_]{4,}", _HYPHENATED.sub("-\n", "\n".join(text_layer(path)))))
        own = Counter(re.findall(r"[^\W\d_]{4,}", parsed.text))
        total += sum(words.values())
        found += sum((words & own).values())
    assert found / total >= 0.97


def test_every_element_is_on_one_page_in_a_box_below_headings_before_it(shared_data: Path) -> None:
    for path, parsed in parsed_files(shared_data):
        last = 0
        headings: set[str] = set()
        for element in parsed.elements:
            assert element.page is not None, path.name
            assert element.page >= last, path.name
            last = element.page
            assert element.box is not None
            assert element.box[0] <= element.box[2]
            assert element.box[1] <= element.box[3]
            assert set(element.section_path) <= headings, path.name
            if element.kind == "heading":
                assert 1 <= element.level <= 6
                headings.add(" ".join(parsed.text[element.start : element.end].split()))
