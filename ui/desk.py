"""What every panel works with: the library, the runner, and the question whether this person may open that job."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from foleydesigner.errors import FoleyError
from foleydesigner.job import JobFolder
from foleydesigner.ui.access import user_of
from foleydesigner.ui.library import JobCard, Library
from foleydesigner.ui.runner import Runner
from foleydesigner.ui.words import without_folders


@dataclass(frozen=True, slots=True)
class Desk:
    """Passed to every panel.

    Attributes:
        library: the jobs.
        runner: what is being done to them.
    """

    library: Library
    runner: Runner

    def open(self, job_id: str, request: Any) -> JobFolder:
        """The job's folder, if it belongs to the person behind `request`.

        Raises:
            AccessError: it does not, or there is none.
        """
        return self.library.open(job_id, user_of(request))

    def card(self, job: JobFolder) -> JobCard:
        """A job as the list shows it, with what is being done to it now."""
        return self._now(self.library.card(job), job)

    def cards(self, request: Any) -> list[JobCard]:
        """The jobs of the person behind `request`, the one changed last first."""
        cards = self.library.cards(user_of(request))
        return [self._now(card, JobFolder(self.library.root / card.id)) for card in cards]

    def _now(self, card: JobCard, job: JobFolder) -> JobCard:
        activity = self.runner.activity(job)
        if activity == "idle":
            return card
        return replace(card, state="queued" if activity == "queued" else "running", waits_for="", error="")


def mark_of(card: JobCard) -> str:
    """A text that changes whenever a panel has something new to show of a job."""
    decisions = card.decisions if card.state == "waiting" else 0
    return f"{card.id} {card.state} {card.waits_for} {decisions} {card.error}"


@contextmanager
def told() -> Iterator[None]:
    """Show our own errors to the person; anything else is a fault of the app and is not hidden.

    Raises:
        gradio.Error: with the error's three clauses.
    """
    import gradio as gr

    try:
        yield
    except FoleyError as error:
        raise gr.Error(without_folders(str(error)), duration=None, print_exception=False) from error


def telling(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler whose errors of our own are shown to the person."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with told():
            return handler(*args, **kwargs)

    return wrapped
