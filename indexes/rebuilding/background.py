"""The parent's side of a rebuild in a child process."""

import json
import logging
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from indexes.options import StoreOptions
from indexes.rebuilding.build import RebuildReport
from indexes.rebuilding.gate import Check
from indexes.threads import with_threads
from indexes.vector.base import Vectors
from indexes.vector.registry import AUTO
from ragline.errors import RaglineError, StorageError
from ragline.processes import python_command

logger = logging.getLogger(__name__)


class BackgroundRebuild:
    """One rebuild beside everything else. ``adopt`` is called from a thread of its own when the new generation is in use."""

    def __init__(
        self,
        folder: Path,
        options: StoreOptions,
        adopt: Callable[[], None],
        *,
        kind: str = AUTO,
        golden: Vectors | None = None,
    ) -> None:
        self.report: RebuildReport | None = None
        self.error = ""
        self._folder = folder
        self._adopt = adopt
        self._stopped = False
        request = {
            "folder": str(folder.absolute()),
            "dim": options.dim,
            "embedder": options.embedder,
            "threads": background_threads(options.threads),
            "settings": asdict(options.settings),
            "given": sorted(options.given),
            "analysis": options.analysis,
            "kind": kind,
            "golden": None if golden is None else golden.tolist(),
        }
        try:
            # A session of its own: Ctrl-C is for the parent to handle.
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                python_command("indexes.rebuilding.child"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=with_threads(os.environ, background_threads(options.threads)),
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            raise StorageError(
                f"No process can be started for a rebuild of {folder} ({error}). What was committed is safe: end other "
                f"processes, and run: ragline rebuild"
            ) from error
        self._thread = threading.Thread(target=self._watch, args=(json.dumps(request),), daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it has ended and its generation, if there is one, is adopted. Returns whether that came to be in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End it, whatever it is at; what it has written so far is never read."""
        self._stopped = True
        self._process.kill()
        self._thread.join()

    def _watch(self, request: str) -> None:
        process = self._process
        if process.stdin is None or process.stdout is None:
            return
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:  # it is dead
            line = ""
        status = process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                pipe.close()
            except OSError:
                logger.debug("a pipe of the rebuild was already closed")
        if self._stopped:
            return
        answer: dict[str, Any] = json.loads(line) if line else {"error": f"its process ended with status {status}"}
        if "busy" in answer:
            logger.info("%s: not rebuilt in the background: %s", self._folder, answer["busy"])
            return
        if "error" in answer:
            self.error = answer["error"]
            logger.warning("%s: the rebuild in the background came to nothing: %s", self._folder, self.error)
            return
        report = answer["report"]
        self.report = RebuildReport(**{**report, "checks": tuple(Check(**check) for check in report["checks"])})
        try:
            self._adopt()
        except RaglineError as error:
            self.error = str(error)
            logger.warning("%s: the new generation is in use but not yet here: %s", self._folder, error)


def background_threads(threads: int) -> int:
    """Threads of a rebuild that is nobody's first concern: half of those there are."""
    return max(1, threads // 2)
