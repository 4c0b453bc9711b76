"""A circuit breaker: a server that keeps failing is left alone for a while, and then tried with one call.

Source of the pattern: Nygard, "Release It!", 2nd edition 2018, chapter 5.
"""

import threading
import time
from collections.abc import Callable

Clock = Callable[[], float]


class Breaker:
    """Closed, it lets every call through; after ``failures`` failed ones in a row it is open for ``pause_s``.

    Then it is half open: one call is let through, which closes it, or opens it for another pause. ``clock`` gives seconds that
    never go back. Safe to use from several threads.
    """

    def __init__(self, failures: int, pause_s: float, *, clock: Clock = time.monotonic) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._opened_at: float | None = None
        self._probe_at: float | None = None

    def admits(self) -> bool:
        """Whether a call may be made now. After the pause only one caller hears yes, until its call has ended.

        A probe whose end nobody reported is given up after another pause.
        """
        with self._lock:
            if self._opened_at is None:
                return True
            now = self._clock()
            since = self._opened_at if self._probe_at is None else self._probe_at
            if now - since < self._pause_s:
                return False
            self._probe_at = now
            return True

    def succeeded(self) -> None:
        """A call went well: closed again."""
        with self._lock:
            self._failed = 0
            self._opened_at = self._probe_at = None

    def failed(self) -> None:
        """A call has failed."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._opened_at, self._probe_at = self._clock(), None

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, or only a probe is let through."""
        with self._lock:
            return self._opened_at is not None

    def rest_s(self) -> float:
        """Seconds until a call may be made; 0 where one may be made now."""
        with self._lock:
            if self._opened_at is None:
                return 0.0
            since = self._opened_at if self._probe_at is None else self._probe_at
            return max(0.0, self._pause_s - (self._clock() - since))
