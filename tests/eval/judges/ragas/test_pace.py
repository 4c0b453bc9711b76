"""How fast a judge is asked, on a clock that a test turns."""

import pytest

from eval.judges.ragas.pace import JITTER, Pace


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def admitted(pace: Pace, clock: Clock, count: int) -> list[float]:
    """Seconds after which each of ``count`` requests is let through."""
    begin, times = clock.now, []
    for _ in range(count):
        pace.admit()
        times.append(clock.now - begin)
    return times


def test_requests_keep_to_so_many_a_minute(clock: Clock) -> None:
    times = admitted(Pace(60, 4, clock=clock, sleep=clock.sleep), clock, 10)
    assert times == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], abs=0.02)


def test_what_was_not_used_may_be_made_up_for_up_to_a_burst(clock: Clock) -> None:
    pace = Pace(60, 3, clock=clock, sleep=clock.sleep)
    pace.admit()
    clock.now += 100
    assert admitted(pace, clock, 5) == pytest.approx([0, 0, 0, 1, 2], abs=0.02)


def test_any_number_goes_through_without_a_limit(clock: Clock) -> None:
    assert admitted(Pace(0, 1, clock=clock, sleep=clock.sleep), clock, 100) == [0] * 100


def test_retry_after_closes_it_for_everybody_and_is_never_cut_short(clock: Clock) -> None:
    pace = Pace(0, 8, clock=clock, sleep=clock.sleep)
    pace.close_for(30.0)
    pace.close_for(5.0)  # another reply, that knew less
    begin = clock.now
    pace.admit()
    assert 30.0 <= clock.now - begin <= 30.0 * (1 + JITTER)


def test_those_who_wait_do_not_come_back_together(clock: Clock) -> None:
    pace, waits = Pace(0, 8, clock=clock, sleep=clock.sleep), []
    for _ in range(20):
        begin = clock.now
        pace.pause(2.0)
        waits.append(round(clock.now - begin, 6))
    assert len(set(waits)) == 20
    assert all(2.0 <= wait <= 2.0 * (1 + JITTER) for wait in waits)
    assert max(waits) - min(waits) > 2.0 * JITTER * 0.9
