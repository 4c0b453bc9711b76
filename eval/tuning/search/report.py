"""A search over settings as files: the settings that are worth it with their evidence, and the whole report."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.tuning.search.dimensions import CHUNKING
from eval.tuning.search.outcome import SearchReport
from ragline.durable import write_named_file
from ragline.errors import InputError
from ragline.settings_file import read_settings_file, write_settings_file


def settings_to_keep(path: Path) -> dict[str, Any]:
    """What the settings file at ``path`` holds already, so that it is not lost when that is written; nothing of a new one.

    To be asked before the search: raises :class:`InputError` where ``path`` is a folder, :class:`ragline.errors.SettingsError`
    where it is another kind of file.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder. Name the file that the settings are to be written to, e.g. ragline.toml.")
    return read_settings_file(path) if path.exists() else {}


def write_recommendation(report: SearchReport, path: Path, *, keep: Mapping[str, Any], command: str = "") -> SearchReport:
    """Write the settings file of a report that recommends something, and nothing of one that does not.

    ``command`` is what the search was begun by. The file holds the settings that change, beside those to ``keep``, and as
    evidence what the first were chosen by.
    """
    if not report.recommended:
        return report
    lines = [report.verdict, f"In use with: RAGLINE_SETTINGS={path.name}"]
    if CHUNKING in report.changes:
        lines += [f"First chunk the documents so: ragline migrate --chunk-tokens {report.changes[CHUNKING]}"]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_settings_file(path, {**keep, **report.changes}, evidence(report, command), comment="\n".join(lines))
    return replace(report, file=str(path))


def evidence(report: SearchReport, command: str = "") -> dict[str, Any]:
    """What the choice rests on, flat, for the table ``[evidence]``."""
    found = report.confirmation
    values: dict[str, Any] = {
        "golden": report.golden,
        "golden_sha256": report.golden_sha256,
        **report.split,
        "metric": report.metric,
        "trials": len(report.trials) - 1,
        "stopped": report.stopped,
        "sampler": report.sampler,
        "searched": [f"{name}={','.join(map(str, values))}" for name, values in report.searched.items()],
        "before": [f"{name}={report.trials[0].point[name]}" for name in report.changes],
        "measured_at": report.measured_at,
        "command": command or None,
    }
    if found is not None:
        values |= {
            "held_out_before": round(found.before, 6),
            "held_out_after": round(found.after, 6),
            "gain": round(found.gain, 6),
            "gain_95": [round(found.low, 6), round(found.high, 6)],
            "p": round(found.p, 6),
            "p95_ms": [round(found.p95_before_ms, 3), round(found.p95_after_ms, 3)],
        }
    return values


def write_reports(report: SearchReport, folder: Path) -> SearchReport:
    """Write ``search.json`` and ``search.md`` into ``folder``, made if absent; the report names them in ``files``.

    Raises :class:`InputError` where nothing can be written there.
    """
    files = {"json": str(folder / "search.json"), "markdown": str(folder / "search.md")}
    report = replace(report, files=files)
    write_named_file(Path(files["json"]), (json.dumps(report.json(), indent=1, default=str) + "\n").encode())
    write_named_file(Path(files["markdown"]), markdown(report).encode())
    return report


def markdown(report: SearchReport) -> str:
    """The verdict, the Pareto front, and every trial in the order in which it was made."""
    names = list(report.searched)
    front = {trial.number for trial in report.front}
    lines = ["# Search over settings", "", report.verdict, ""]
    lines += [f"- {name}: {value}" for name, value in evidence(report).items() if value is not None]
    lines += ["", f"Trials on the train part; \\* = on the Pareto front of {report.metric} and p50.", ""]
    lines += [f"| | {report.metric} | p50 ms | p95 ms | chunks | {' | '.join(names)} |"]
    lines += ["|---|--:|--:|--:|--:|" + "---|" * len(names)]
    for trial in report.trials:
        roles = {"in use": not trial.number, "chosen": trial.number == report.chosen.number, "\\*": trial.number in front}
        mark = " ".join([str(trial.number), *(role for role, has in roles.items() if has)])
        quality = trial.error if trial.quality is None else f"{trial.quality:.4f}"
        values = " | ".join(str(trial.point[name]) for name in names)
        lines += [f"| {mark} | {quality} | {trial.p50_ms:.1f} | {trial.p95_ms:.1f} | {trial.chunks} | {values} |"]
    return "\n".join(lines) + "\n"
