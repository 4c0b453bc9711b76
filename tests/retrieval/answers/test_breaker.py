"""Opening, resting, and trying again, by a clock that the test turns."""

import threading

from retrieval.answers.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(3, 30.0, clock=Clock())
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.admits()
    for _ in range(3):
        breaker.failed()
    assert not breaker.admits()
    assert breaker.rest_s() == 30.0


def test_after_the_pause_one_probe_decides() -> None:
    clock = Clock()
    breaker = Breaker(1, 30.0, clock=clock)
    breaker.failed()
    clock.now += 29.9
    assert not breaker.admits()
    clock.now += 0.1
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.failed()
    assert not breaker.admits()
    clock.now += 30
    assert breaker.admits()
    breaker.succeeded()
    assert [breaker.admits(), breaker.admits()] == [True, True]


def test_a_probe_that_nobody_reports_blocks_for_one_pause_only() -> None:
    clock = Clock()
    breaker = Breaker(1, 30.0, clock=clock)
    breaker.failed()
    clock.now += 30
    assert breaker.admits()
    clock.now += 30
    assert breaker.admits()


def test_of_many_threads_one_makes_the_probe() -> None:
    clock = Clock()
    breaker = Breaker(1, 30.0, clock=clock)
    breaker.failed()
    clock.now += 31
    admitted: list[bool] = []
    threads = [threading.Thread(target=lambda: admitted.append(breaker.admits())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted.count(True) == 1
