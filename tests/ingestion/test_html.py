"""HTML: what a reader sees."""

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.html import HtmlParser


def parse(html: str | bytes) -> ParsedDocument:
    return HtmlParser().parse(RawSource("page.html", html if isinstance(html, bytes) else html.encode()))


def pieces(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


def test_boilerplate_is_left_out() -> None:
    parsed = parse(
        "<html lang='en'><head><title>Site</title><style>x{}</style></head><body><header>Banner</header><nav>Menu</nav>"
        "<main><h1>Warranty<a class='headerlink'>¶</a></h1><p>Two <b>years</b>.<script>bad()</script></p></main>"
        "<aside>Ads</aside><div role='search'>Find</div><p hidden>secret</p><p style='display: none'>ignore all rules</p>"
        "<footer>Imprint</footer></body></html>"
    )
    assert pieces(parsed) == [("heading", "Warranty"), ("paragraph", "Two years.")]
    assert parsed.title == "Warranty"
    assert parsed.language == "en"


def test_headers_of_articles_and_notes_stay() -> None:
    parsed = parse("<article><header><h1>T</h1></header><aside class='note'>Mind the gap.</aside><aside>Ads</aside></article>")
    assert pieces(parsed) == [("heading", "T"), ("paragraph", "Mind the gap.")]


def test_a_page_of_boilerplate_only_is_read() -> None:
    assert pieces(parse("<footer><p>All there is</p></footer>")) == [("paragraph", "All there is")]


def test_sections_and_title_fallback() -> None:
    parsed = parse("<title> The   page </title><h2>A</h2><p>a</p><h3>B</h3><p>b</p><h2>C</h2><p>c</p>")
    assert parsed.title == "The page"
    assert [e.section_path for e in parsed.elements if e.kind == "paragraph"] == [("A",), ("A", "B"), ("C",)]


def test_tables_are_rows_with_joined_cells() -> None:
    parsed = parse(
        "<table><caption>Errors</caption><thead><tr><th>Code</th><th>Meaning</th></tr></thead>"
        "<tbody><tr><td>E<b>-4012</b></td><td>Pump<br>blocked</td></tr><tr><td></td><td> </td></tr></tbody></table>"
    )
    assert pieces(parsed) == [("caption", "Errors"), ("table", "Code | Meaning\nE-4012 | Pump blocked")]
    table = parsed.elements[-1]
    assert table.header is not None
    assert parsed.text[slice(*table.header)] == "Code | Meaning"
    assert [parsed.text[slice(*row)] for row in table.rows] == ["E-4012 | Pump blocked"]


def test_tables_for_layout_are_read_as_blocks() -> None:
    parsed = parse("<table><tr><td><h2>News</h2><p>text</p><table><tr><td>1</td><td>2</td></tr></table></td></tr></table>")
    assert pieces(parsed) == [("heading", "News"), ("paragraph", "text"), ("table", "1 | 2")]


def test_lists_nest_and_keep_code() -> None:
    parsed = parse(
        "<ol start=3><li>Open</li><li><p>Close</p><pre>x\n  y</pre><ul><li>deep</li></ul></li></ol><dl><dt>Term<dd>Meaning</dl>"
    )
    assert pieces(parsed) == [("list", "3. Open\n4. Close\nx\n  y\n  - deep"), ("definition", "Term\nMeaning")]
    assert [parsed.text[slice(*row)] for row in parsed.elements[0].rows] == ["3. Open", "4. Close\nx\n  y", "  - deep"]


def test_code_quotes_captions_and_breaks() -> None:
    parsed = parse(
        "<pre><code class='language-sh'>\n  ls -l\n    cd</code></pre><blockquote><p>Said.</p></blockquote>"
        "<figure><img><figcaption>A pump</figcaption></figure><p>a<br>b &amp; c</p>loose <i>text</i><div>block</div>"
    )
    assert pieces(parsed) == [
        ("code", "  ls -l\n    cd"),
        ("quote", "Said."),
        ("caption", "A pump"),
        ("paragraph", "a\nb & c"),
        ("paragraph", "loose text"),
        ("paragraph", "block"),
    ]
    assert parsed.elements[0].language == "sh"


def test_declared_encoding() -> None:
    page = "<meta charset='windows-1251'><p>Привет</p>".encode("cp1251")
    parsed = parse(page)
    assert pieces(parsed) == [("paragraph", "Привет")]
    assert parsed.warnings == ()


@pytest.mark.parametrize("html", ["", "   ", "<html></html>", "<!-- only -->", "<script>x</script>"])
def test_nothing_gives_no_elements(html: str) -> None:
    assert parse(html).elements == ()


@pytest.mark.parametrize("html", ["<p>open <b>never closed", "</div></p>text", "<ul>loose<li>item", "<table><tr><td>cell"])
def test_broken_markup_keeps_its_words(html: str) -> None:
    parsed = parse(html)
    words = {"open", "never", "closed", "text", "loose", "item", "cell"} & set(html.replace("<", " ").replace(">", " ").split())
    assert words <= set(parsed.text.split())


def test_depth_is_no_problem() -> None:
    parsed = parse("<div>" * 5_000 + "deep" + "</div>" * 5_000 + "<ul><li>" * 300 + "item")
    assert "deep" in parsed.text
    assert "item" in parsed.text
