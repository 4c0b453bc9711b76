"""Runs in MLflow: a local database, or a server that is named.

MLflow sends figures on its use to its makers unless told not to; here it is told not to, before it is imported.
"""

import importlib.util
import json
import logging
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from eval.tracking.run import TrackedRun
from ragline.errors import BackendUnavailableError, InputError, MissingExtra

EXPERIMENT = "ragline"
_LOCAL = "sqlite:///"
_TOLD = 200  # characters of MLflow's own message: it can quote what was logged
_LONGEST_PARAMETER = 6000  # the limit of MLflow
_METRICS, _PARAMETERS = 1000, 100  # most of a batch


@dataclass(frozen=True, slots=True)
class MlflowTracker:
    """Stores runs at ``uri``: ``sqlite:///runs.db``, or the address of a server such as ``https://mlflow.example.org``.

    It takes no address from the environment: what is not named here is not written to. Files of a local database lie in the
    folder ``<name>-files`` beside it.
    """

    uri: str
    experiment: str = EXPERIMENT

    def require_library(self) -> None:
        """Raises :class:`MissingExtra` without MLflow; which is not imported, as that takes seconds."""
        _require_mlflow()

    def record(self, run: TrackedRun) -> str:
        """Store ``run``; returns ``<uri> run <id>``.

        Raises :class:`MissingExtra` without MLflow, :class:`InputError` for a URI that it does not know,
        :class:`BackendUnavailableError` where the store does not answer.
        """
        mlflow = _load_mlflow()
        try:
            return f"{self.uri} run {self._record(mlflow, run)}"
        except mlflow.tracking.registry.UnsupportedModelRegistryStoreURIException as error:
            raise InputError(f"MLflow knows no store {self.uri!r}. Write sqlite:///runs.db, or a server's address.") from error
        except (mlflow.exceptions.MlflowException, OSError) as error:
            told = " ".join(str(error).split())[:_TOLD].rstrip(" .")
            raise BackendUnavailableError(f"MLflow at {self.uri} did not take the run: {told}. Check the URI.") from error

    def _record(self, mlflow: ModuleType, run: TrackedRun) -> str:
        client = mlflow.MlflowClient(tracking_uri=self.uri)
        found = client.get_experiment_by_name(self.experiment)
        experiment = found.experiment_id if found else client.create_experiment(self.experiment, self._files())
        begun = int(datetime.fromisoformat(run.started_at).timestamp() * 1000)
        made = client.create_run(experiment, start_time=begun, tags=dict(run.tags), run_name=run.name)
        run_id: str = made.info.run_id
        try:
            self._log(mlflow, client, run_id, run, begun)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
        return run_id

    def _log(self, mlflow: ModuleType, client: Any, run_id: str, run: TrackedRun, begun: int) -> None:
        entities = mlflow.entities
        metrics = [entities.Metric(logged_name(name), value, begun, 0) for name, value in run.figures.items()]
        given = {logged_name(name): str(value)[:_LONGEST_PARAMETER] for name, value in run.parameters.items()}
        parameters = [entities.Param(name, value) for name, value in given.items()]
        for start in range(0, max(len(metrics), 1), _METRICS):
            client.log_batch(run_id, metrics=metrics[start : start + _METRICS])
        for start in range(0, len(parameters), _PARAMETERS):
            client.log_batch(run_id, params=parameters[start : start + _PARAMETERS])
        rows = "".join(json.dumps(dict(row), allow_nan=False) + "\n" for row in run.rows)
        client.log_text(run_id, rows, "rows.jsonl")
        for path in run.files.values():
            client.log_artifact(run_id, str(path))

    def _files(self) -> str | None:
        """Where files of a new experiment lie; a server decides for itself."""
        if not self.uri.startswith(_LOCAL):
            return None
        database = Path(self.uri.removeprefix(_LOCAL)).absolute()
        return database.with_name(f"{database.stem}-files").as_uri()


def logged_name(name: str) -> str:
    """``name`` as MLflow allows it: ``nDCG@10`` is ``nDCG_at_10``; what else it refuses becomes ``-``."""
    return re.sub(r"[^\w\-. :/]", "-", name.replace("@", "_at_"), flags=re.ASCII)


def _require_mlflow() -> None:
    if importlib.util.find_spec("mlflow") is None:
        raise MissingExtra("mlflow-skinny", extra="mlflow", purpose="Storing runs in MLflow")


def _load_mlflow() -> ModuleType:
    _require_mlflow()
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow
    import mlflow.tracking.registry

    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # it tells of every table that it makes
    return mlflow
