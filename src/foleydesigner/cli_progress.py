"""Progress bars for the terminal: one a stage, with item counts and time left."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from foleydesigner.graph.stage import STAGES, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class TerminalProgress:
    """A listener that draws on standard error; without a terminal it prints one line a finished stage."""

    def __init__(self) -> None:
        self._names = dict(STAGES)
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._running: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            self._bars = Bars(
                TextColumn("{task.description:<32}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Draw one progress event."""
        stage = progress.stage
        if progress.state == "start":
            self._running[stage] = self._running.get(stage, 0) + 1
        elif progress.state == "end":
            self._running[stage] = max(0, self._running.get(stage, 1) - 1)
        if self._bars is None:
            if progress.state == "end" and not self._running[stage]:
                print(f"{self._names[stage]}: done", file=sys.stderr)  # noqa: T201 - the terminal is the point
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(self._names[stage], total=None)
        self._draw(stage, progress)

    def _draw(self, stage: str, progress: Progress) -> None:
        if self._bars is None:
            return
        task = self._tasks[stage]
        if progress.state == "step" and progress.total is not None and progress.done:
            self._bars.update(task, completed=progress.done, total=progress.total)
        elif progress.state == "step":
            # Items made side by side do not know their number: each only says that it is done.
            self._bars.update(task, advance=1, total=progress.total)
        elif progress.state == "end" and not self._running[stage]:
            shown = self._bars.tasks[task]
            total = shown.total or max(shown.completed, 1)
            self._bars.update(task, completed=total, total=total)
