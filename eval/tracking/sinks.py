"""From the name of a sink to what stores runs there."""

from pathlib import Path

from eval.tracking.json_lines import JsonLinesTracker
from eval.tracking.mlflow import MlflowTracker
from eval.tracking.run import Tracker
from ragline.errors import InputError

FORMS = "jsonl:runs.jsonl, mlflow:sqlite:///runs.db, mlflow:https://mlflow.example.org"


def tracker_of(sink: str) -> Tracker:
    """The tracker of ``jsonl:PATH`` or ``mlflow:URI``. Raises :class:`InputError` for another form."""
    kind, _, place = sink.partition(":")
    if kind == "jsonl" and place:
        return JsonLinesTracker(Path(place).expanduser())
    if kind == "mlflow" and place:
        return MlflowTracker(place)
    raise InputError(f"{sink!r} is no place for runs. Write it as one of: {FORMS}.")
