"""HTML pages: what is content, what is not, and what pages say about themselves."""

import time
from pathlib import Path

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.html import HtmlParser


def parse(html: str) -> ParsedDocument:
    return HtmlParser().parse(RawSource("page.html", html.encode()))


def pieces(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


WORDS = "The pump runs for two years without a change of its oil. " * 6


@pytest.mark.parametrize(
    "junk",
    [
        "<div id='onetrust-banner-sdk'>We use cookies</div>",
        "<div class='cookie-consent'><p>We use cookies</p></div>",
        "<section class='gdpr_popup'>We use cookies</section>",
        "<a class='skip-link' href='#main'>Skip to content</a>",
        "<ol class='breadcrumb'><li>Home<li>Docs</ol>",
        "<div role='dialog'>Subscribe</div>",
        "<template><p>Never shown</p></template>",
        "<noscript>Turn on scripts</noscript>",
        "<p aria-hidden='true'>decoration</p>",
        "<p style='visibility:hidden'>ignore all rules</p>",
        "<button>Copy</button>",
        "<div class='share-buttons'>Tweet</div>",
    ],
)
def test_what_is_no_content_is_left_out(junk: str) -> None:
    assert pieces(parse(f"<body>{junk}<p>Text.</p>{junk}</body>")) == [("paragraph", "Text.")]


def test_pages_about_cookies_are_content() -> None:
    parsed = parse("<div class='recipe cookies'><h1>Cookies</h1><p class='cookie-dough'>Stir.</p></div>")
    assert pieces(parsed) == [("heading", "Cookies"), ("paragraph", "Stir.")]


def test_main_is_preferred_to_what_surrounds_it() -> None:
    around = "<div><p>Related pages and offers of the day.</p></div>"
    page = f"<body><h1>Our site</h1>{around}<main><h1>Pumps</h1><p>{WORDS}</p></main>{around}</body>"
    parsed = parse(page)
    assert parsed.title == "Pumps"
    assert "Related" not in parsed.text
    assert "Related" not in parse(page.replace("main>", "article>")).text


@pytest.mark.parametrize("tag", ["main", "article"])
def test_an_empty_shell_is_not_preferred(tag: str) -> None:
    parsed = parse(f"<{tag}><p>Loading</p></{tag}><div><p>{WORDS * 10}</p></div>")
    assert "oil" in parsed.text


def test_one_of_many_articles_is_not_preferred() -> None:
    parsed = parse("<article><p>One.</p></article><article><p>Two.</p></article><p>Three.</p>")
    assert [text for _, text in pieces(parsed)] == ["One.", "Two.", "Three."]


@pytest.mark.parametrize(
    "page",
    [
        "<nav><p>{0}</p></nav>",
        "<header><p>{0}</p></header>",
        "<aside><p>{0}</p></aside>",
        "<div role='banner'><p>{0}</p></div>",
        "<p>Menu</p><footer><p>{0}</p></footer>",
        "<div class='cookie-notice'>{0}</div>",
    ],
)
def test_the_only_content_of_a_page_is_never_dropped(page: str) -> None:
    assert "two years" in parse(page.format(WORDS)).text


def test_the_name_of_the_site_is_not_the_title() -> None:
    page = f"<title>Pumps</title><header><h1>ACME</h1></header><main><p>{WORDS}</p></main>"
    assert parse(page).title == "Pumps"
    assert parse(page.replace("<title>Pumps</title>", "")).title == "ACME"


def test_metadata_of_the_page() -> None:
    parsed = parse(
        "<html lang=de><head><meta name=Description content=' About  pumps '><link rel=canonical href='https://x.org/p'></head>"
        "<p>See <a href='/a'>A</a>, <a href='#top'>top</a>, <a href='javascript:x()'>x</a> <a href='/a'>again</a> "
        "<a href='https://y.org/?q=1'>Y</a></p><nav><a href='/menu'>Menu</a></nav></html>"
    )
    assert parsed.metadata == {
        "description": "About pumps",
        "canonical_url": "https://x.org/p",
        "links": ["/a", "https://y.org/?q=1"],
    }
    assert parsed.language == "de"
    social = parse("<meta property='og:description' content=D><meta property='og:url' content='https://x.org/o'><p>x")
    assert social.metadata == {"description": "D", "canonical_url": "https://x.org/o"}


def test_elements_in_another_language_say_so() -> None:
    parsed = parse(
        "<html lang=en><p>Hello</p><div lang=fr><p>Bonjour</p><ul><li>un</ul><h2 lang=en>Back</h2></div><p>Bye</p></html>"
    )
    assert [(element.kind, element.language) for element in parsed.elements] == [
        ("paragraph", None),
        ("paragraph", "fr"),
        ("list", "fr"),
        ("heading", None),
        ("paragraph", None),
    ]


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<pre><code class='language-py hljs'>x</code></pre>", "py"),
        ("<div class='highlight-python notranslate'><div class='highlight'><pre>x</pre></div></div>", "python"),
        ("<div class='highlight highlight-source-shell'><pre>x</pre></div>", "shell"),
        ("<pre class='brush: js; toolbar: false'>x</pre>", "js"),
        ("<pre data-lang=Rust><code>x</code></pre>", "rust"),
        ("<div class='highlight-default notranslate'><pre>x</pre></div>", None),
        ("<pre>x</pre>", None),
    ],
)
def test_languages_of_code(html: str, language: str | None) -> None:
    (element,) = parse(html).elements
    assert (element.kind, element.language) == ("code", language)


def test_images_and_formulas_are_read_by_their_alternative_text() -> None:
    parsed = parse(
        "<p>Press <img src=x alt='the green key'> and wait <math alttext='x^2'><mi>x</mi></math> s.</p><img alt='Pump, open'>"
    )
    assert pieces(parsed) == [("paragraph", "Press the green key and wait x^2 s."), ("paragraph", "Pump, open")]


def test_files_written_into_the_text_are_dropped() -> None:
    encoded = "iVBORw0KGgoAAAANSUhEUgAA" * 40
    parsed = parse(f"<p>before data:image/png;base64,{encoded} after</p><p>{encoded}==</p><pre>A{'C' * 400}</pre>")
    assert [text for _, text in pieces(parsed)] == ["before after", "A" + "C" * 400]


def test_definitions_stay_with_their_terms() -> None:
    parsed = parse(
        "<dl><dt>Sump</dt><dd>Where the <b>oil</b> is.<ul><li>small</li><li>large</li></ul></dd>"
        "<dt>Bar</dt><dt>Pascal</dt><dd>Units.</dd><dt>Alone</dt></dl>"
    )
    assert pieces(parsed) == [
        ("definition", "Sump\nWhere the oil is.\n- small\n- large"),
        ("definition", "Bar\nPascal\nUnits."),
        ("paragraph", "Alone"),
    ]


def test_definitions_with_code_keep_their_structure() -> None:
    parsed = parse("<dl><dt>run()</dt><dd><p>Starts.</p><pre>run()</pre><h3>Note</h3><p>Twice.</p></dd></dl>")
    assert [kind for kind, _ in pieces(parsed)] == ["paragraph", "paragraph", "code", "heading", "paragraph"]


def test_questions_stay_with_their_answers() -> None:
    parsed = parse(
        "<details><summary>How long is the <b>warranty</b>?</summary><p>Two years.</p><ul><li>parts<li>work</ul></details>"
        "<details><summary>Log</summary><p>Text.</p></details><p><b>Q:</b> Where?</p><p><b>A:</b> Here.</p>"
    )
    assert pieces(parsed) == [
        ("qa", "How long is the warranty?\nTwo years.\n- parts\n- work"),
        ("paragraph", "Log"),
        ("paragraph", "Text."),
        ("qa", "Q: Where?\n\nA: Here."),
    ]


def test_headings_may_be_buttons() -> None:
    assert pieces(parse("<h3><button>What is it?</button></h3><p>A pump.</p>"))[0] == ("heading", "What is it?")


def test_lists_that_lay_out_the_page_are_none() -> None:
    parsed = parse("<ul><li><h2>A</h2><p>a</p></li><li><h2>B</h2><p>b</p></li></ul>")
    assert [kind for kind, _ in pieces(parsed)] == ["heading", "paragraph", "heading", "paragraph"]


def test_letters_inside_pre_are_text() -> None:
    letter = "\n\n".join(["Dear all, this is a letter that was typed with line ends of its own, as it was the custom."] * 8)
    parsed = parse(f"<pre>{letter}</pre>")
    assert {kind for kind, _ in pieces(parsed)} == {"paragraph"}


def test_entities_and_broken_markup_survive() -> None:
    parsed = parse("<p>5 &lt; 6 &amp;amp; &euro;&#8364;&#x20AC; &nbsp;&unknown; &copy</p><b><p>a</b></i></p><td>cell</table><p")
    assert parsed.text.startswith("5 < 6 &amp; €€€ &unknown; ©")
    assert {"a", "cell"} <= set(parsed.text.split())


@pytest.mark.parametrize(
    "part", ["<ul><li>x", "<table><tr><td>x<td>y", "<dl><dt>a<dd>b", "<div lang=de>x", "<details><summary>q?</summary>x"]
)
def test_depth_takes_time_in_proportion(part: str) -> None:
    started = time.perf_counter()
    parsed = parse(part * 3_000 + "<h1>end</h1>")
    assert time.perf_counter() - started < 20
    assert parsed.title == "end"


@pytest.mark.shared_data
def test_real_pages_keep_their_words(shared_data: Path) -> None:
    """Public pages without much around the content: what is left out may only be that."""
    folder = shared_data / "docs-unstructured"
    least = {
        "example-10k.html": 27_600,
        "example-steelJIS-datasheet.html": 325,
        "example-with-scripts.html": 5_050,
        "fake-html-lang-de.html": 12,
        "fake-html-pre.htm": 59_000,
        "ideas-page.html": 149,
        "language-docs/eng_spa_mult.html": 530,
    }
    for name, words in least.items():
        parsed = HtmlParser().parse(RawSource(name, (folder / name).read_bytes()))
        assert len("".join(char if char.isalnum() or char == "_" else " " for char in parsed.text).split()) >= words, name
