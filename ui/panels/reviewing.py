"""What the three reviews share: who answers, the note, the answer itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from foleydesigner.errors import ReviewError
from foleydesigner.graph.review import ReviewAnswer
from foleydesigner.job import JobFolder
from foleydesigner.ui.access import user_of
from foleydesigner.ui.desk import Desk, telling


def waits(job: JobFolder, point: str) -> bool:
    """Whether a job waits at that review."""
    if not job.record.is_file():
        return False
    record = job.read_record()
    return record["state"] == "waiting" and (record.get("question") or {}).get("point") == point


def redrawn(seen: gr.State, show: Callable[..., Sequence[Any]], inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
    """Draw a panel anew when its job has something new to show, once: a second time would undo what a person types.

    Args:
        seen: the mark of what there is to be seen (`mark_of`).
        show: from the values of `inputs` and the request to the values of `outputs`.
        inputs: components that `show` reads.
        outputs: components that it draws.
    """
    drawn = gr.State("")

    def draw(mark: str, before: str, request: gr.Request, *values: Any) -> list[Any]:
        if mark == before:
            return [gr.skip()] * (len(outputs) + 1)
        return [*show(*values, request), mark]

    seen.change(
        draw,
        [seen, drawn, *inputs],
        [*outputs, drawn],
        show_progress="hidden",
        trigger_mode="always_last",
        api_visibility="private",
    )


def send(desk: Desk, job: JobFolder, request: Any, answer: Mapping[str, Any]) -> None:
    """Answer the review that a job waits at; who is logged in has answered.

    Raises:
        ReviewError: the answer is not usable, or the job does not wait; it waits on.
    """
    from pydantic import ValidationError

    if user_of(request):
        answer = {**answer, "reviewer": user_of(request)}
    try:
        reply = ReviewAnswer.model_validate(dict(answer))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = str(first["msg"]).removeprefix("Value error, ").lower()
        place = ".".join(str(part) for part in first["loc"])
        raise ReviewError(
            f"{place + ': ' if place else ''}{said}", "an answer that fits", "correct it; the job still waits"
        ) from error
    desk.runner.answer(job, reply)


def accept(desk: Desk, job: JobFolder, request: gr.Request, point: str, before: Any, after: Any, **words: str) -> bool:
    """Approve what was shown, or go on with what a person made of it; tells which.

    Raises:
        ReviewError: as `send`.
    """
    changed = bool(after != before)
    answer: dict[str, Any] = {"action": "edit", point: after} if changed else {"action": "approve"}
    send(desk, job, request, answer | words)
    return changed


def rejecting(desk: Desk, said: str) -> Callable[..., str]:
    """A handler that rejects what is under review with a person's note, and says what happens then."""

    @telling
    def reject(job_id: str, who: str, note: str, request: gr.Request) -> str:
        send(desk, desk.open(job_id, request), request, {"action": "reject", "reviewer": who, "note": note})
        return said

    return reject


def reviewer_and_note(name: str) -> tuple[gr.Textbox, gr.Textbox]:
    """The two text fields of a review."""
    with gr.Row():
        who = gr.Textbox(label="Reviewer", max_lines=1, elem_id=f"{name}-reviewer", scale=1)
        note = gr.Textbox(label="Note (of a rejection: a constraint)", max_lines=2, elem_id=f"{name}-note", scale=3)
    return who, note
