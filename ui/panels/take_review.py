"""Review the takes: each against the picture, its cue and its rounds; one made again does not touch the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from foleydesigner.errors import ReviewError
from foleydesigner.generator.engine import engine_names
from foleydesigner.graph import retakes
from foleydesigner.graph.reading import read_take_record
from foleydesigner.graph.review import TakeOrder, TakePick
from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder
from foleydesigner.ui import event_words, uploads
from foleydesigner.ui.desk import Desk, telling
from foleydesigner.ui.panels.reviewing import redrawn, rejecting, reviewer_and_note, send, waits
from foleydesigner.ui.take_page import edited, event_of, page

_SAME = "as it was made"


def build(desk: Desk, job: gr.Textbox, seen: gr.State) -> None:
    """Draw the panel."""

    def show(job_id: str, current: str, request: gr.Request) -> list[Any]:
        folder = desk.open(job_id, request) if job_id else None
        if folder is None or not waits(folder, "takes"):
            # The chosen event stays chosen: the takes may come back while this one is made again.
            word = "<p>Takes are reviewed once they are made.</p>"
            return [gr.skip(), word, *[gr.skip()] * 7, gr.update(visible=False)]
        events = read_script(folder).events
        choices = [(f"{event.label} ({event.id})", event.id) for event in events]
        chosen = current if current in {event.id for event in events} else events[0].id if events else None
        return [gr.update(choices=choices, value=chosen), *fields(folder, chosen), gr.update(visible=True)]

    @telling
    def select(job_id: str, event_id: str, request: gr.Request) -> list[Any]:
        return fields(desk.open(job_id, request), event_id)

    @telling
    def make_again(
        job_id: str, event_id: str, prompt: str, times: str, nudge: float, width: float, path: str, engine: str,
        new_seed: bool, recording: str | None, who: str, request: gr.Request,
    ) -> tuple[str, None]:  # fmt: skip
        folder = desk.open(job_id, request)
        event = event_of(folder, event_id)
        changed = edited(event, prompt=prompt, times=times, nudge_ms=nudge, pan_width=width, path=path)
        order = TakeOrder(
            event_id=event_id,
            event=changed if changed != event else None,
            engine=None if engine in ("", None, _SAME) else engine,
            recording=uploads.keep_recording(Path(recording), folder) if recording else None,
            new_seed=bool(new_seed),
        )
        send(desk, folder, request, {"action": "edit", "orders": (order,), "reviewer": who})
        return "This take is being made again.", None

    @telling
    def pick(job_id: str, event_id: str, round_: str | None, who: str, request: gr.Request) -> str:
        if not round_:
            raise ReviewError("no take is chosen", "one of the takes that were made", "choose one")
        picks = (TakePick(event_id=event_id, round=int(round_)),)
        send(desk, desk.open(job_id, request), request, {"action": "edit", "picks": picks, "reviewer": who})
        return f"Take {round_} is put back."

    @telling
    def approve(job_id: str, who: str, note: str, request: gr.Request) -> str:
        send(desk, desk.open(job_id, request), request, {"action": "approve", "reviewer": who, "note": note})
        return "Approved: it is being mixed."

    form = _form()
    facts = [form[name] for name in ("top", "times", "prompt", "nudge", "width", "path", "fresh", "rounds")]
    chosen, who, note, said = (form[name] for name in ("event", "who", "note", "said"))
    private: dict[str, Any] = {"api_visibility": "private"}
    redrawn(seen, show, [job, chosen], [chosen, *facts, form["column"]])
    chosen.input(select, [job, chosen], facts, **private)
    names = ("prompt", "times", "nudge", "width", "path", "engine", "fresh", "recording")
    changed = [job, chosen, *(form[name] for name in names), who]
    form["again"].click(make_again, changed, [said, form["recording"]], **private)
    form["put_back"].click(pick, [job, chosen, form["rounds"], who], said, **private)
    form["approved"].click(approve, [job, who, note], said, **private)
    form["rejected"].click(rejecting(desk, "Rejected: every take is made again."), [job, who, note], said, **private)


def _form() -> dict[str, Any]:
    """The components, by name."""
    event = gr.Dropdown([], label="Event", elem_id="take-event")
    top = gr.HTML("<p>No takes yet.</p>", elem_id="take-top")
    with gr.Column(visible=False) as column:
        with gr.Row():
            times = gr.Textbox(label="Hits or stretches (s)", elem_id="take-times", max_lines=4, scale=2)
            prompt = gr.Textbox(label="Prompt", elem_id="take-prompt", max_lines=2, scale=2)
        with gr.Row():
            nudge = gr.Slider(-500, 500, 0, step=1, label="Sync nudge (ms)", elem_id="take-nudge")
            width = gr.Slider(0, 1, 1, step=0.01, label="Pan width", elem_id="take-width")
        with gr.Row():
            path = gr.Textbox(
                label="Drawn path: seconds, share of the width, metres; empty = as seen",
                lines=2, max_lines=8, elem_id="take-path", scale=2,
            )  # fmt: skip
            gr.Button("Draw it over the picture (hold and move)", elem_id="draw-path", scale=1)
        with gr.Row():
            engine = gr.Dropdown([_SAME, *engine_names()], value=_SAME, label="Engine", elem_id="take-engine")
            fresh = gr.Checkbox(True, label="new seed", elem_id="take-seed")
            recording = gr.File(
                label="Or a recording of your own", type="filepath", height=90, elem_id="take-recording",
                file_types=[".wav", ".flac", ".aif", ".aiff", ".ogg", ".mp3"],
            )  # fmt: skip
        with gr.Row():
            again = gr.Button("Make this take again", elem_id="take-again")
            rounds = gr.Dropdown([], label="Takes made so far", elem_id="take-rounds")
            put_back = gr.Button("Use that take", elem_id="take-pick")
        who, note = reviewer_and_note("takes")
        with gr.Row():
            approved = gr.Button("Approve all takes", variant="primary", elem_id="takes-approve")
            rejected = gr.Button("Reject all with the note", variant="stop", elem_id="takes-reject")
    said = gr.Textbox(label="Answer", interactive=False, max_lines=2, elem_id="takes-said")
    return {
        "event": event, "top": top, "column": column, "times": times, "prompt": prompt, "nudge": nudge, "width": width,
        "path": path, "engine": engine, "fresh": fresh, "recording": recording, "again": again, "rounds": rounds,
        "put_back": put_back, "who": who, "note": note, "approved": approved, "rejected": rejected, "said": said,
    }  # fmt: skip


def fields(job: JobFolder, event_id: str | None) -> list[Any]:
    """What the panel shows of one event: page, times, prompt, nudge, width, path, new seed, rounds."""
    if event_id is None:
        return ["<p>The script has no event.</p>", "", "", 0, 1, "", True, gr.update(choices=[], value=None)]
    event = event_of(job, event_id)
    record = read_take_record(job, event_id)
    kept = retakes.kept_rounds(job, event_id)
    rounds = [(f"take {r.round} by {r.engine}", str(r.round)) for r in kept]
    return [
        page(job, event), event_words.times_text(event), event.prompt, event.sync_nudge_ms, event.pan_width,
        event_words.path_text(event), True, gr.update(choices=rounds, value=str(record.round)),
    ]  # fmt: skip
