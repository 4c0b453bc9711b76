"""Law 5 with a log: a purge that is killed is done again, and then no file holds the words."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import ragline

CHILD = """
import os, signal, sys
import ragline
from indexes.query_log import QueryLog

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "before":
    QueryLog.purge = killed
else:
    import sqlite3
    class Dies(sqlite3.Connection):
        def execute(self, sql, *rest):
            if sql == "VACUUM":
                killed()
            return super().execute(sql, *rest)
    real = sqlite3.connect
    sqlite3.connect = lambda place, *rest, **named: real(
        place, *rest, **named, **({"factory": Dies} if str(place).endswith("query-log.sqlite") else {})
    )
with ragline.open(sys.argv[1]) as kb:
    kb.purge("secret.md")
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "vacuum"])
def test_a_purge_that_is_killed_at_the_log_is_finished_by_the_next(moment: str, tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", query_log="on") as kb:
        kb.ingest([ragline.Document("secret.md", "The vault opens with quagmire-5521 at noon.")])
        assert "quagmire" in kb.answer("What does the vault open with?").text
    run = subprocess.run([sys.executable, "-c", CHILD, tmp_path / "kb", moment], capture_output=True, timeout=120)
    assert run.returncode == -signal.SIGKILL, run.stderr
    with ragline.open(tmp_path / "kb") as kb:
        assert "quagmire" not in (kb.log()[0].answer or "")
        report = kb.purge()
        assert report.warnings == ()
    for place, _, names in os.walk(tmp_path / "kb"):
        for name in names:
            assert b"quagmire-5521" not in Path(place, name).read_bytes(), name
