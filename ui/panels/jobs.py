"""The list of jobs: open, resume, stop, duplicate, delete."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from foleydesigner.config import Settings
from foleydesigner.errors import JobError
from foleydesigner.job import JobFolder
from foleydesigner.ui import media, pages
from foleydesigner.ui.access import user_of
from foleydesigner.ui.desk import Desk, telling


def build(desk: Desk, job: gr.Textbox, seen: gr.State) -> None:
    """Draw the panel; opening a job puts its id into `job`."""

    def listed(current: str, request: gr.Request) -> tuple[str, Any]:
        cards = desk.cards(request)
        shown = [
            asdict(card)
            | {
                "thumbnail": media.address(JobFolder(desk.library.root / card.id), card.thumbnail)
                if card.thumbnail
                else "",
                "age": age(card.changed_s),
            }
            for card in cards
        ]
        choices = [(f"{card.title} — {card.state}, {age(card.changed_s)} ({card.id[-6:]})", card.id) for card in cards]
        known = {card.id for card in cards}
        return pages.page("jobs", cards=shown), gr.update(choices=choices, value=current if current in known else None)

    @telling
    def choose(job_id: str, request: gr.Request) -> str:
        desk.open(job_id, request)
        return job_id

    @telling
    def duplicate(job_id: str, request: gr.Request) -> str:
        return desk.library.duplicate(job_id, user_of(request))

    @telling
    def delete(job_id: str, sure: bool, current: str, request: gr.Request) -> tuple[str, bool]:
        if not sure:
            raise gr.Error("Tick “really delete” first.", title="Nothing was deleted", print_exception=False)
        desk.runner.stop(desk.open(job_id, request))
        desk.library.delete(job_id, user_of(request))
        return ("" if current == job_id else current), False

    cards = gr.HTML(elem_id="job-cards")
    chosen = gr.Dropdown([], label="Job", elem_id="job-choice")
    with gr.Row():
        opened = gr.Button("Open", elem_id="job-open")
        resumed = gr.Button("Resume", elem_id="job-resume")
        stopped = gr.Button("Stop", elem_id="job-stop")
        copied = gr.Button("Duplicate", elem_id="job-duplicate")
    with gr.Row():
        sure = gr.Checkbox(label="really delete", elem_id="job-sure")
        deleted = gr.Button("Delete", variant="stop", elem_id="job-delete")
    refresh: dict[str, Any] = {"fn": listed, "inputs": job, "outputs": [cards, chosen], "api_visibility": "private"}
    opened.click(choose, chosen, job, api_visibility="private")
    resumed.click(resuming(desk), chosen, job, api_visibility="private").then(**refresh)
    stopped.click(stopping(desk), chosen, None, api_visibility="private").then(**refresh)
    copied.click(duplicate, chosen, job, api_visibility="private").then(**refresh)
    deleted.click(delete, [chosen, sure, job], [job, sure], api_visibility="private").then(**refresh)
    seen.change(**refresh, show_progress="hidden", trigger_mode="always_last")
    gr.context.Context.root_block.load(**refresh)  # type: ignore[union-attr]


def resuming(desk: Desk) -> Callable[..., str]:
    """A handler that goes on with a person's job and returns its id."""

    @telling
    def resume(job_id: str, request: gr.Request) -> str:
        go_on(desk, desk.open(job_id, request))
        return job_id

    return resume


def stopping(desk: Desk) -> Callable[..., None]:
    """A handler that stops a person's job."""

    @telling
    def stop(job_id: str, request: gr.Request) -> None:
        desk.runner.stop(desk.open(job_id, request))

    return stop


def go_on(desk: Desk, job: JobFolder) -> None:
    """Resume a job, or begin one whose inputs are kept but which the server's end kept from beginning.

    Raises:
        JobError: there is nothing to go on with.
    """
    if job.record.is_file():
        desk.runner.resume(job)
        return
    facts = desk.library.facts(job.root)
    if not facts.get("clip"):
        raise JobError("this job was never begun", "a job with a clip", "start it anew")
    pages_name = facts.get("screenplay") or ""
    settings = Settings.model_validate(facts["settings"])
    desk.runner.start(job, job.root / Path(facts["clip"]), job.root / pages_name if pages_name else None, settings)


def age(changed_s: float) -> str:
    """How long ago, for people."""
    seconds = max(0.0, time.time() - changed_s)
    for limit, unit, word in ((90, 1, "s"), (5400, 60, "min"), (129_600, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {word} ago"
    return f"{seconds / 86_400:.0f} days ago"
