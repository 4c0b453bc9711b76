"""The reports: complete, escaped, self-contained, and written in one step."""

import json
import re
from collections import Counter
from dataclasses import asdict, replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from eval.bootstrap import Interval
from eval.golden import GoldenItem, Relevance, golden_set
from eval.judges.base import HumanAgreement
from eval.reports import write_reports
from eval.reports.files import NAMES
from eval.reports.html_questions import SHOWN_QUESTIONS
from eval.reports.html_report import html_report
from eval.reports.json_report import json_report
from eval.reports.markdown_report import markdown_report
from eval.reports.svg import histogram, interval_bar, share_bar
from eval.reports.text import counted, families, figure, milliseconds, setting
from eval.result import Diagnosis, EvalResult, MetricValue
from indexes.freshness import FreshnessReport
from ingestion.own_files import REPORT_MARKER
from ragline.errors import InputError

VOID = {"meta", "br", "hr", "img", "link", "input", "rect", "line"}
REFERENCES = {"src", "href", "srcset", "data", "action", "poster", "xlink:href", "style", "background"}


class Page(HTMLParser):
    """Reads a page, and notes what is nested wrongly, which tags and attributes occur, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.fixture
def page(result: EvalResult) -> Page:
    return Page(html_report(result))


def test_the_json_holds_every_row_and_every_figure(result: EvalResult) -> None:
    report = json.loads(json_report(result))
    assert (report["format"], report["version"]) == ("ragline-evaluation", 2)
    assert report["rows"] == json.loads(json.dumps([asdict(row) for row in result.rows]))
    assert report["golden"] == {"name": "workshop", "sha256": result.golden_sha256}
    value = result.metrics["nDCG@10"]
    assert report["metrics"]["nDCG@10"] == {**asdict(value), "worst": value.worst, "best": value.best}
    assert report["slices"]["exact"]["metrics"]["MRR@1"]["total"] == 3
    assert report["abstention"]["missed_abstentions"] == 1
    assert report["abstention"]["precision"] == 1
    assert report["abstention"]["recall"] == 0.5
    assert report["configuration"]["rerank"] is None
    assert report["fingerprint"] == result.fingerprint
    assert list(report)[-1] == "rows"


def test_the_json_has_one_line_for_each_query(result: EvalResult) -> None:
    lines = json_report(result).splitlines()
    assert sum(line.startswith('    {"id": ') for line in lines) == len(result.rows)
    assert json.loads(json_report(replace(result, rows=(), abstention=None)))["rows"] == []


def test_the_page_is_well_formed_and_marked_up_for_all_readers(page: Page) -> None:
    assert (page.wrong, page.open) == ([], [])
    for landmark in ("header", "main", "footer", "h1", "title"):
        assert page.tags[landmark] == 1, landmark
    assert ("html", "lang", "en") in page.attributes
    assert page.tags["th"] == sum(scope in ("row", "col") for scope in page.values("scope"))
    identifiers = page.values("id")
    assert len(identifiers) == len(set(identifiers))
    targets = {target.removeprefix("#") for target in page.values("href")}
    assert set(page.values("aria-labelledby")) <= set(identifiers)
    assert targets <= set(identifiers), "a link leads nowhere"
    assert set(identifiers) - set(page.values("aria-labelledby")) == {f"question-{place}" for place in range(1, 9)}
    assert page.tags["caption"] == page.tags["table"]
    assert page.tags["nav"] == 1
    assert page.tags["svg"] == page.attributes.count(("svg", "aria-hidden", "true"))


def test_the_page_asks_for_nothing_from_outside(result: EvalResult, page: Page) -> None:
    text = html_report(result)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not REFERENCES - {"href"} & {name for _, name, _ in page.attributes}
    assert all(target.startswith("#") for target in page.values("href"))
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    style = text[text.index("<style>") : text.index("</style>")]
    assert not re.search(r"url\(|@import|https?:", style)
    assert "default-src 'none'; style-src 'unsafe-inline'" in page.values("content")


def test_text_from_data_is_escaped(result: EvalResult, page: Page) -> None:
    text = html_report(result)
    assert "<script" not in text
    assert "reset &lt;script&gt;alert(1)&lt;/script&gt; pump" in text
    assert "See https://example.org &lt;b&gt;now&lt;/b&gt; &amp; then" in text
    assert page.tags["b"] == 0
    hostile = replace(
        result, golden_name='"><svg onload=x>', slices={"<i>": result.slices["exact"]}, configuration={"<u>": "<s>"}
    )
    reread = Page(html_report(hostile))
    assert not {"i", "u", "s"} & set(reread.tags)
    assert "onload" not in {name for _, name, _ in reread.attributes}


def test_the_page_tells_what_was_measured(result: EvalResult, page: Page) -> None:
    text = " ".join(" ".join(page.text).split())
    for told in (result.golden_sha256, result.fingerprint, "hybrid", "nDCG@10", "4/5", "2 errors", "p95", "span recall"):
        assert told in text, told
    for row in result.rows:
        assert row.id in text
        assert " ".join(row.query.split()) in text
    assert "search: LookupError: no shelf for not on any shelf" in text
    assert "✓ relevant" in text
    assert "not found" in text
    assert "Abstained." in text
    assert "The documents hold no answer: to abstain is right." in text
    assert "No relevant document is named" in text


def test_the_worst_questions_come_first_and_one_is_open(result: EvalResult, page: Page) -> None:
    text = html_report(result)
    positions = [text.index(f"<code>{row.id}</code>") for row in result.worst_first()]
    assert positions == sorted(positions)
    assert [tag for tag, name, _ in page.attributes if name == "open"] == ["details"]
    assert page.values("class").count("question") == len(result.rows)


def test_a_large_set_shows_the_worst_and_says_so(result: EvalResult) -> None:
    rows = tuple(replace(result.rows[0], id=f"q{number}") for number in range(SHOWN_QUESTIONS + 50))
    text = html_report(replace(result, rows=rows))
    assert text.count('<details class="question"') == SHOWN_QUESTIONS
    assert "200 of 250; all are in the JSON report." in text
    assert len(json.loads(json_report(replace(result, rows=rows)))["rows"]) == 250


def test_a_result_with_nothing_measured_still_has_its_reports(result: EvalResult) -> None:
    empty = {name: MetricValue(None, None, None, 0, 0) for name in result.metrics}
    bare = replace(result, metrics=empty, slices={}, rows=(), abstention=None, timings={}, configuration={})
    page = Page(html_report(bare))
    assert (page.wrong, page.open) == ([], [])
    assert "| nDCG@10 | – | – – – | 0/0 |" in markdown_report(bare)
    assert "## By tag" not in markdown_report(bare)


def test_the_markdown_has_a_row_for_each_metric_and_tag(result: EvalResult) -> None:
    text = markdown_report(result)
    lines = text.splitlines()
    for name, value in result.metrics.items():
        written = name.replace("_", "\\_")
        assert any(
            line.startswith(f"| {written} | {value.value:.3f} |") and f"| {value.scored}/{value.total} |" in line
            for line in lines
        )
    exact = result.slices["exact"]
    assert f"| exact | 3 | 2 | {exact.right} | {exact.wrong} | 1.000 |" in text
    assert "| unanswerable | 1 | 1 |" in text
    assert "Not measured: 2. Precision 1.00 (0.21 – 1.00), recall 0.50 (0.09 – 0.91), false alarms" in text


def test_law_the_markdown_tells_of_each_tag_what_the_page_tells(full: EvalResult) -> None:
    answers = {"faithfulness": MetricValue(0.25, 0.2, 0.3, 3, 3)}
    slices = {tag: replace(part, answers=answers) for tag, part in full.slices.items()}
    text = markdown_report(replace(full, slices=slices))
    part = text[text.index("## By tag") :].splitlines()
    assert part[2].startswith("| tag | queries | errors | right | wrong or missed | nDCG@10 |")
    assert part[2].endswith("| faithfulness |")
    for line, (tag, told) in zip(part[4:], slices.items(), strict=False):
        assert line.startswith(f"| {tag} | {told.queries} | {told.errors} | {told.right} | {told.wrong} |")
        assert line.endswith("| 0.250 |")


def test_where_a_judge_stands_beside_people_is_told_whole(full: EvalResult) -> None:
    note = "three people judged each; " * 9 + "and that is all"
    text = markdown_report(replace(full, agreement=(replace(full.agreement[0], note=note),)))
    assert f"Note: {note}." in text


def test_what_decided_is_named_once(result: EvalResult) -> None:
    by = ("completeness", "completeness, cited_recall", "", "abstained")
    rows = tuple(replace(result.rows[0], diagnosis=Diagnosis("wrong", None, each)) for each in by)
    assert "Decided by: abstained, cited recall, completeness." in html_report(replace(result, rows=rows))


def test_the_markdown_is_not_broken_by_data(result: EvalResult) -> None:
    text = markdown_report(result)
    assert "holiday \\| leave" in text
    assert "<script>" not in text.replace("\\<script\\>", "")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in tables if "holiday" in line}
    assert columns == {7}


def test_files_are_replaced_whole_and_nothing_else_is_left(result: EvalResult, tmp_path: Path) -> None:
    first = write_reports(result, tmp_path)
    before = first["json"].read_bytes()
    second = write_reports(replace(result, golden_name="again"), str(tmp_path))
    assert first == second
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([REPORT_MARKER, *NAMES.values()])
    assert first["json"].read_bytes() != before


def test_a_failed_write_keeps_the_former_report(result: EvalResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = write_reports(result, tmp_path)["json"].read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_reports(replace(result, golden_name="again"), tmp_path)
    assert (tmp_path / "report.json").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1 + len(NAMES)


def test_a_folder_that_cannot_be_made_is_refused(result: EvalResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Name another for the reports"):
        write_reports(result, tmp_path / "file" / "inside")


def test_lone_surrogates_are_shown_as_escapes(result: EvalResult, tmp_path: Path) -> None:
    odd = golden_set("odd", [GoldenItem("q", "half \ud800 pair", relevant=(Relevance("d"),))])
    row = replace(result.rows[0], query=odd.items[0].query)
    written = write_reports(replace(result, rows=(row,)), tmp_path)
    assert json.loads(written["json"].read_text(encoding="utf-8"))["rows"][0]["query"] == "half \ud800 pair"
    assert "half \\ud800 pair" in written["html"].read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_every_pair_of_text_and_ground_has_enough_contrast(scheme: int) -> None:
    style = files("eval.reports").joinpath("report.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    pairs = [(ink, ground) for ink in ("ink", "quiet", "accent", "good", "bad") for ground in ("page", "surface", "wash")]
    for ink, ground in [*pairs, ("good", "good-wash"), ("bad", "bad-wash")]:
        light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_charts_stay_within_their_frame() -> None:
    bar = interval_bar(MetricValue(1.0, 1.0, 1.0, 3, 3))
    assert 'class="tick" x="98.00"' in bar
    assert interval_bar(MetricValue(None, None, None, 0, 0)) == ""
    assert histogram([0, 4, 2], [0.5]).count("<rect") == 2
    assert 'height="60.00"' in histogram([0, 4, 2])
    assert histogram([]).startswith("<svg")
    assert 'width="25.00"' in share_bar(0.25)


def test_figures_are_written_for_people() -> None:
    assert [milliseconds(value) for value in (None, 0.123, 4.26, 42.4, 1400.0)] == ["–", "0.12 ms", "4.3 ms", "42 ms", "1.4 s"]
    assert [figure(value) for value in (None, 0.0, 0.68349)] == ["–", "0.000", "0.683"]
    assert [setting(value) for value in (None, True, False, 3, "x")] == ["–", "yes", "no", "3", "x"]
    assert families(["nDCG@1", "nDCG@10", "hit_rate@1"]) == {
        "nDCG": {1: "nDCG@1", 10: "nDCG@10"},
        "hit_rate": {1: "hit_rate@1"},
    }


def test_how_a_judge_agrees_stands_in_the_markdown_whole_and_with_its_figure_at_equal_lengths(full: EvalResult) -> None:
    interval = Interval(0.9, 0.85, 0.95)
    note = f"no people: {'right answers are short copies, ' * 6}so that overlap alone has an AUROC of 0.99"
    report = markdown_report(
        replace(full, agreement=(HumanAgreement("HaluEval QA", 1976, interval, interval, interval, note),))
    )
    same = "0.90 (0.85 – 0.95)"
    assert (
        f"Agreement on HaluEval QA (1,976 answers): balanced accuracy {same}, AUROC {same}, at equal lengths {same}." in report
    )
    assert f"Note: {note}." in report


@pytest.mark.parametrize(("age", "says"), [(0.2, "newest change today"), (12.5, "newest change 12 days ago")])
def test_the_age_of_the_newest_change_is_said_in_english(full: EvalResult, age: float, says: str) -> None:
    report = replace(full, freshness=FreshnessReport(3, age, ()))
    assert f"3 documents, {says};" in markdown_report(report)
    assert says.removeprefix("newest change ") in html_report(report)


def test_the_offline_judge_is_labelled_as_what_it_is(full: EvalResult) -> None:
    for report in (html_report(full), markdown_report(full)):
        assert "weighs words, numbers, names, negations and meanings in code, and asks no language model" in report
    assert full.judge is not None
    other = replace(full, judge=replace(full.judge, judge="ragas"))
    assert "asks no language model" not in html_report(other) + markdown_report(other)


def test_one_is_no_plural(result: EvalResult) -> None:
    assert [counted(count, "question") for count in (0, 1, 2, 1_000)] == [
        "0 questions",
        "1 question",
        "2 questions",
        "1,000 questions",
    ]
    one = replace(result, rows=result.rows[:1], stale=("q: the quote is gone",))
    for report in (html_report(one), markdown_report(one)):
        assert not re.search(r"\b1 (?:questions|judgements|errors|documents|answers)\b", report)


def test_a_metric_of_which_less_is_better_says_so_and_has_its_bounds_the_other_way_round(full: EvalResult) -> None:
    value = MetricValue(0.25, 0.2, 0.3, 2, 4)
    result = replace(full, answers={"noise_sensitivity": value})
    assert "| noise\\_sensitivity (less is better) |" in markdown_report(result)
    assert "noise sensitivity (less is better)" in html_report(result)
    stored = json.loads(json_report(result))["answers"]["noise_sensitivity"]
    assert (stored["worst"], stored["best"]) == (0.625, 0.125)
