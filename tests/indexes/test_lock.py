"""The write lock: one writer, a clear error for the second, and nothing left behind by a dead one."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from indexes.lock import WriteLock
from ragline.errors import CollectionLockedError

HOLD = """
import sys
from pathlib import Path
from indexes.lock import WriteLock
with WriteLock(Path(sys.argv[1])).hold():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_gets_a_clear_error_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "write.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    started = time.monotonic()
    with pytest.raises(CollectionLockedError, match=f"process {holder.pid} on .* Wait until"), WriteLock(path).hold():
        pass
    assert time.monotonic() - started < 1.0
    holder.kill()
    holder.communicate()
    with WriteLock(path).hold():
        pass


def test_it_is_reentrant_and_released(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path / "write.lock")
    with lock.hold(), lock.hold():
        pass
    with WriteLock(tmp_path / "write.lock").hold():
        pass


def test_threads_take_turns(tmp_path: Path) -> None:
    lock, inside, most = WriteLock(tmp_path / "write.lock"), [0], [0]

    def work() -> None:
        for _ in range(20):
            with lock.hold():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
