"""The health of a service: what was planted is told, with its reason; where nothing changed it is quiet; few rows say so."""

from typing import Any

import numpy as np
import pytest

from eval.health.prometheus import prometheus
from eval.health.report import ServiceHealth, service_health
from indexes.freshness import freshness
from indexes.staleness import Staleness
from ragline.errors import InputError
from tests.eval.health.made_logs import DAY, NOW, made_log, made_rows

parser = pytest.importorskip("prometheus_client.parser")
Made = dict[str, Any]


def shifted_scores(made: Made, draw: np.random.Generator) -> None:
    made["score"] *= 0.6


def more_empty(made: Made, draw: np.random.Generator) -> None:
    made["empty"] = draw.random() < 0.15


def more_abstained(made: Made, draw: np.random.Generator) -> None:
    made["abstained"] = draw.random() < 0.4


def more_disliked(made: Made, draw: np.random.Generator) -> None:
    made["verdict"] = "down" if draw.random() < 0.6 else "up"


def slower(made: Made, draw: np.random.Generator) -> None:
    made["ms"] *= 2.5


PLANTS = [
    (shifted_scores, {"score_psi", "score_gap"}),
    (more_empty, {"empty", "hit_rate", "abstained"}),  # where nothing is found, nothing is known
    (more_abstained, {"abstained", "hit_rate"}),
    (more_disliked, {"disliked"}),
    (slower, {"latency_p95"}),
]


def alarms(report: ServiceHealth) -> set[str]:
    return {check.name for check in report.alarms}


@pytest.mark.parametrize(("change", "expected"), PLANTS)
def test_what_was_planted_is_told(change: Any, expected: set[str]) -> None:
    report = service_health(made_log(1, change=change), now=NOW)
    assert expected <= alarms(report)
    assert not report.ok
    assert all(check.reason for check in report.checks)


def test_the_plants_raise_no_other_alarm() -> None:
    for change, expected in PLANTS:
        assert alarms(service_health(made_log(1, change=change), now=NOW)) <= expected | {"hit_rate"}, change


def test_where_nothing_changed_one_report_in_twenty_at_most_has_an_alarm() -> None:
    found = [service_health(made_log(seed), now=NOW) for seed in range(200)]
    assert np.mean([not report.ok for report in found]) <= 0.05
    assert all(check.status != "too few" for check in found[0].checks)


def test_the_reason_names_figure_threshold_and_what_to_do() -> None:
    report = service_health(made_log(1, change=shifted_scores), now=NOW)
    (psi,) = (check for check in report.checks if check.name == "score_psi")
    assert psi.value is not None
    assert psi.threshold == 0.25
    assert psi.reason.startswith(f"PSI {psi.value:.2f} > 0.25: the best scores of the last 7 days are distributed otherwise")
    assert "ragline eval" in psi.reason


@pytest.mark.parametrize("rows", [0, 30])
def test_too_few_rows_say_so_and_raise_no_alarm(rows: int) -> None:
    log = made_log(3, current=rows, reference=rows, change=lambda made, _: made.update(ms=1e6, empty=True))
    report = service_health(log, now=NOW, embed=lambda texts: np.zeros((len(texts), 4), np.float32))
    assert report.ok
    assert {check.status for check in report.checks if check.name != "judged"} == {"too few"}
    assert all("too few" in check.reason for check in report.checks if check.name != "judged")


def test_rows_count_in_their_window_only() -> None:
    log = [*made_log(4), *made_rows(500, (40, 90), 99)]
    report = service_health(log, now=NOW)
    assert (report.rows, report.reference_rows) == (300, 900)
    wide = service_health(log, now=NOW, days=7, reference_days=100)
    assert wide.reference_rows == 1400
    with pytest.raises(InputError, match="p95_ms"):
        service_health([], now=NOW, p95_ms=-3.0)
    with pytest.raises(InputError, match="above 0"):
        service_health(log, now=NOW, days=0)


def test_another_topic_is_told_by_the_questions_themselves() -> None:
    draw = np.random.default_rng(0)
    topics = {"question": draw.normal(size=32), "other": draw.normal(size=32)}
    asked: list[str] = []

    def embed(texts: Any) -> Any:
        asked.extend(texts)
        return np.stack([draw.normal(size=32) + 2 * topics[text.split()[0]] for text in texts]).astype(np.float32)

    def half_other(made: Made, draw: np.random.Generator) -> None:
        if draw.random() < 0.5:
            made["query"] = made["query"].replace("question", "other")

    assert "query_drift" in alarms(service_health(made_log(5, change=half_other), now=NOW, embed=embed))
    assert len(asked) <= 1000
    assert "query_drift" not in alarms(service_health(made_log(5), now=NOW, embed=embed))


def test_a_question_asked_a_thousand_times_is_one() -> None:
    def popular(made: Made, draw: np.random.Generator) -> None:
        made["query"] = "what is new?"

    report = service_health(made_log(6, change=popular), now=NOW, embed=lambda texts: np.zeros((len(texts), 4), np.float32))
    (check,) = (check for check in report.checks if check.name == "query_drift")
    assert check.status == "too few"
    assert "1 and 500 distinct questions" in check.reason


def test_an_absolute_limit_needs_no_reference() -> None:
    log = made_log(7, reference=0)
    assert alarms(service_health(log, now=NOW, p95_ms=10)) == {"latency_p95"}
    assert service_health(log, now=NOW, p95_ms=1000).ok


def test_stale_documents_and_stopped_folders_are_told() -> None:
    stale = Staleness(10, 10, ("a.md",), ("b.md",), 0, 12.0, 90.0)
    fresh = freshness({"news": [NOW - (200 + n) * DAY for n in range(10)]}, now=NOW)
    report = service_health([], now=NOW, stale=stale, fresh=fresh)
    assert alarms(report) == {"stale", "stopped_sources"}
    reasons = {check.name: check.reason for check in report.alarms}
    assert "a.md, b.md" in reasons["stale"]
    assert "news (200 days)" in reasons["stopped_sources"]


def test_the_text_is_what_prometheus_reads() -> None:
    report = service_health(made_log(8, change=more_empty), now=NOW, stale=Staleness(4, 4, (), (), 0, 2.0, 3.0))
    text = prometheus(report, is_sound=True, collection='a "b"\\c')
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert {family.type for family in families.values()} == {"gauge"}
    assert all(sample.labels["collection"] == 'a "b"\\c' for family in families.values() for sample in family.samples)
    status = {sample.labels["check"]: sample.value for sample in families["ragline_check_alarm"].samples}
    assert status["empty"] == 1
    assert set(status) == {check.name for check in report.checks}
    assert families["ragline_index_sound"].samples[0].value == 1
    assert families["ragline_service_ok"].samples[0].value == 0
    age = {sample.labels["window"]: sample.value for sample in families["ragline_document_age_seconds"].samples}
    assert age["current"] == 2 * DAY
    p95 = {sample.labels["window"]: sample.value for sample in families["ragline_latency_p95_seconds"].samples}
    (check,) = (each for each in report.checks if each.name == "latency_p95")
    assert p95["current"] == pytest.approx((check.value or 0) / 1000)
    assert prometheus(None) == ""
