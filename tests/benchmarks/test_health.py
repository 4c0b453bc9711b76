"""The made logs and simulated searches of the suites: what they plant is there, and chance stays chance."""

from benchmarks.health import NOW, PLANTS, made_log
from benchmarks.search_tuning import chance
from eval.health.report import service_health


def test_a_made_log_has_the_rows_asked_for_and_every_plant_is_told() -> None:
    for check, change in PLANTS.values():
        report = service_health(made_log(1, 600, 2400, change), now=NOW)
        assert (report.rows, report.reference_rows) == (600, 2400)
        assert check in {alarm.name for alarm in report.alarms}, check


def test_simulated_searches_recommend_chance_seldom() -> None:
    figure = chance(200)
    assert 0 < figure.value <= 6, "2.5 % are meant; 200 searches show it to within 2"
