"""The app's API for programs: the same jobs, the same checks, the same owners as in the browser."""

from __future__ import annotations

from typing import Any

import gradio as gr

from foleydesigner.errors import ReviewError
from foleydesigner.graph.scripting import read_script
from foleydesigner.ui import media
from foleydesigner.ui.desk import Desk, telling
from foleydesigner.ui.panels.deliver import deliverables
from foleydesigner.ui.panels.jobs import go_on
from foleydesigner.ui.panels.reviewing import send


def offer(desk: Desk) -> None:
    """Add the endpoints to the Blocks that are being drawn; beginning a job is the start panel's `/start`."""

    @telling
    def jobs(request: gr.Request) -> list[dict[str, Any]]:
        """Your jobs, the one changed last first: id, title, state, waits_for."""
        cards = desk.cards(request)
        return [{"id": c.id, "title": c.title, "state": c.state, "waits_for": c.waits_for} for c in cards]

    @telling
    def status(job_id: str, request: gr.Request) -> dict[str, Any]:
        """Where a job stands, what it asks and what stopped it; `question` is what a review would show."""
        job = desk.open(job_id, request)
        card = desk.card(job)
        question = job.read_record().get("question") if card.state == "waiting" else None
        # Where the file under review lies on this machine is nobody's business.
        shown = {name: question[name] for name in ("point", "summary", "open_findings")} if question else None
        return {"state": card.state, "waits_for": card.waits_for, "error": card.error, "question": shown}

    @telling
    def script(job_id: str, request: gr.Request) -> dict[str, Any]:
        """The Foley script as it stands."""
        job = desk.open(job_id, request)
        if not job.script.is_file():
            raise ReviewError("the job has no script yet", "one whose script is written", "ask again later")
        return read_script(job).model_dump(mode="json")

    @telling
    def answer(job_id: str, reply: dict[str, Any], request: gr.Request) -> str:
        """Answer the review a job waits at: {"action": "approve" | "edit" | "reject", "note": …, "script": …, …}."""
        send(desk, desk.open(job_id, request), request, reply)
        return "going on"

    @telling
    def resume(job_id: str, request: gr.Request) -> str:
        """Go on with an interrupted job."""
        go_on(desk, desk.open(job_id, request))
        return "going on"

    @telling
    def stop(job_id: str, request: gr.Request) -> str:
        """Stop a job; what was finished is kept."""
        desk.runner.stop(desk.open(job_id, request))
        return "stopping"

    @telling
    def files(job_id: str, request: gr.Request) -> list[dict[str, Any]]:
        """What was delivered: name, group, bytes and the address to fetch it from with the same login."""
        job = desk.open(job_id, request)
        return [
            {"group": group, "name": p.name, "bytes": p.stat().st_size, "address": media.address(job, p)}
            for group, paths in deliverables(job).items()
            for p in paths
        ]

    for endpoint in (jobs, status, script, answer, resume, stop, files):
        gr.events.api(endpoint, api_name=endpoint.__name__, concurrency_limit=8)
