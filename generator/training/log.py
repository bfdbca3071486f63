"""Where losses go: a file of JSON lines, and MLflow where it is installed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class TrainingLog:
    """Losses of one run, one line a call in `losses.jsonl`, and the same as metrics of an MLflow run.

    Args:
        folder: of the run.
        name: of the run in MLflow.
        parameters: what it was begun with.
        tracking_uri: MLflow's server or store; None = the file alone.
    """

    def __init__(
        self, folder: Path, *, name: str = "", parameters: dict[str, Any] | None = None, tracking_uri: str | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "losses.jsonl"
        self._client, self._run = None, ""
        if tracking_uri is not None and find_spec("mlflow") is not None:
            from mlflow import MlflowClient

            self._client = MlflowClient(tracking_uri=tracking_uri)
            self._run = self._mlflow_run(folder / "mlflow_run", name, parameters or {})

    def losses(self, step: int, **values: float) -> None:
        """One line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")
        if self._client is not None:
            for name, value in values.items():
                self._client.log_metric(self._run, name, value, step=step)

    def files(self, *paths: Path) -> None:
        """Pictures and sounds of the run's folder, kept with the MLflow run as well."""
        if self._client is not None:
            for path in paths:
                self._client.log_artifact(self._run, str(path), path.parent.name)

    def close(self) -> None:
        """The run is over."""
        if self._client is not None:
            self._client.set_terminated(self._run)

    def _mlflow_run(self, kept: Path, name: str, parameters: dict[str, Any]) -> str:
        """The id of this folder's run: a resumed training goes on in the one that it began."""
        assert self._client is not None  # noqa: S101 - called where there is one
        if kept.is_file():
            return kept.read_text("utf-8").strip()
        found = self._client.get_experiment_by_name("foley training")
        experiment = found.experiment_id if found else self._client.create_experiment("foley training")
        run = self._client.create_run(experiment, run_name=name or kept.parent.name)
        for key, value in parameters.items():
            self._client.log_param(run.info.run_id, key, value)
        kept.write_text(run.info.run_id, encoding="utf-8")
        return str(run.info.run_id)
