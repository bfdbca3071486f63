"""A review in the terminal: show the question, take an answer."""

from __future__ import annotations

import json
from pathlib import Path

import click

from foleydesigner.errors import ReviewError
from foleydesigner.graph.review import ReviewAnswer, ReviewQuestion, parse_answer


def show(question: ReviewQuestion) -> None:
    """Print what the job waits for."""
    click.echo(f"── {question.point} ──")
    for line in question.summary:
        click.echo(line)
    for finding in question.open_findings:
        click.echo(f"open: {finding}")
    click.echo(f"edit a copy of: {question.path}")


def prompt() -> tuple[bool, Path | None, str | None]:
    """Ask at the terminal: (approve, file of an edit, note of a rejection)."""
    choice = click.prompt("approve, edit or reject", type=click.Choice(["approve", "edit", "reject"]))
    if choice == "edit":
        return False, Path(str(click.prompt("changed file", type=click.Path(exists=True, dir_okay=False)))), None
    if choice == "reject":
        return False, None, click.prompt("note")
    return True, None, None


def make_answer(
    question: ReviewQuestion,
    approve: bool,
    edit: Path | None,
    note: str | None,
    event_ids: tuple[str, ...],
    reviewer: str,
) -> ReviewAnswer:
    """The answer that the options describe.

    Raises:
        ReviewError: two answers at once, or an edit that cannot be read.
    """
    if sum([approve, edit is not None, note is not None]) != 1:
        raise ReviewError("several answers at once", "one of --approve, --edit FILE, --reject NOTE", "choose one")
    data: dict[str, object] = {"reviewer": reviewer, "event_ids": event_ids}
    if approve:
        data["action"] = "approve"
    elif edit is not None:
        data |= {"action": "edit", question.point: _read_json(edit)}
    else:
        data |= {"action": "reject", "note": note}
    return parse_answer(question.point, data, set(event_ids))


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ReviewError(
            f"{path} cannot be read as JSON ({error})",
            "a changed copy of the file under review",
            "mend it and answer again",
        ) from error
