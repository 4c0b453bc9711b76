"""How fast a provider is asked: a token bucket that a Retry-After closes for everybody."""

import threading
import time
from collections.abc import Callable

Clock = Callable[[], float]

JITTER = 0.25
"""Share of a wait that is added at most, so that those who were sent away together do not come back together."""

GOLDEN = 0.618034
"""Multiples of it, less their whole part, are spread evenly from 0 to 1 however many there are: a jitter that can be
repeated."""


class Pace:
    """Lets ``per_minute`` requests through, at most ``burst`` at once; 0 = any number. Safe to use from several threads.

    ``clock`` gives seconds that never go back, ``sleep`` waits.
    """

    def __init__(
        self, per_minute: float, burst: int, *, clock: Clock = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._rate = per_minute / 60
        self._burst = float(max(1, burst))
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = min(self._burst, max(1.0, self._rate))  # a run does not begin with more than one second's worth
        self._filled = clock()
        self._closed_until = 0.0
        self._waits = 0

    @property
    def per_minute(self) -> float:
        """Requests a minute; 0 = any number."""
        return self._rate * 60

    def admit(self) -> None:
        """Wait until the next request may be sent."""
        while (wait := self._wait_s()) > 0:
            self._sleep(wait)

    def close_for(self, seconds: float) -> None:
        """Send nothing for so long: the provider has asked for it."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)

    def pause(self, seconds: float) -> None:
        """Wait ``seconds``, and up to a quarter more, before a failed call is tried again."""
        with self._lock:
            jitter = self._jitter()
        self._sleep(seconds * (1 + jitter))

    def _wait_s(self) -> float:
        """0 where a request may go now, which is then reckoned; else the seconds after which to ask again."""
        with self._lock:
            now = self._clock()
            if now < self._closed_until:
                return (self._closed_until - now) * (1 + self._jitter())
            if not self._rate:
                return 0.0
            self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
            self._filled = now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return max(0.001, (1 - self._tokens) / self._rate)

    def _jitter(self) -> float:
        self._waits += 1
        return JITTER * (self._waits * GOLDEN % 1)
