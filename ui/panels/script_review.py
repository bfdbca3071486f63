"""Review the script: timeline over the clip, the events as a table, where they are, and why this script won."""

from __future__ import annotations

from typing import Any

import gradio as gr

from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder
from foleydesigner.script import FoleyScript
from foleydesigner.ui import pages, script_table
from foleydesigner.ui.cells import Row
from foleydesigner.ui.desk import Desk, telling
from foleydesigner.ui.panels.reviewing import accept, redrawn, rejecting, reviewer_and_note, waits

_TYPES = ["bool" if c == "keep" else "number" if c in ("intensity", "pan width", "nudge (ms)") else "str" for c in script_table.COLUMNS]  # noqa: E501  # fmt: skip


def build(desk: Desk, job: gr.Textbox, seen: gr.State) -> None:
    """Draw the panel."""

    def show(job_id: str, request: gr.Request) -> list[Any]:
        folder = desk.open(job_id, request) if job_id else None
        if folder is None or not folder.script.is_file():
            return ["<p>No script yet.</p>", gr.update(value=[]), "", "", "", gr.update(visible=False)]
        script = read_script(folder)
        found = pages.parts(folder, "timeline", "picture", "search")
        top = pages.page(
            "script", clip=pages.clip_address(folder), timeline=found["timeline"], findings=script.open_findings
        )
        return [
            top,
            gr.update(value=script_table.script_rows(script)),
            f'<div class="foley">{found["picture"]}</div>',
            f'<div class="foley">{found["search"]}</div>',
            compared(folder, script),
            gr.update(visible=waits(folder, "script")),
        ]

    @telling
    def check(job_id: str, rows: list[Row], request: gr.Request) -> str:
        script = read_script(desk.open(job_id, request))
        edited = script_table.script_of(rows, script)
        return "Nothing is changed." if edited == script else f"Good: {len(edited.events)} events, changed."

    @telling
    def add(job_id: str, rows: list[Row], request: gr.Request) -> list[Row]:
        return [*rows, script_table.new_row(read_script(desk.open(job_id, request)), rows)]

    @telling
    def approve(job_id: str, rows: list[Row], who: str, note: str, request: gr.Request) -> str:
        folder = desk.open(job_id, request)
        script = read_script(folder)
        edited = script_table.script_of(rows, script)
        changed = accept(desk, folder, request, "script", script, edited, reviewer=who, note=note)
        return "Approved with your changes." if changed else "Approved."

    top = gr.HTML("<p>No script yet.</p>", elem_id="script-top")
    with gr.Column(visible=False) as form:
        gr.Markdown("### Events")
        table = gr.Dataframe(
            headers=list(script_table.COLUMNS), datatype=_TYPES, type="array", interactive=True, wrap=True,  # type: ignore[arg-type]
            static_columns=[0], label="Events: edit any cell; untick keep to leave one out", elem_id="script-table",
            column_count=len(script_table.COLUMNS), max_height=460,
        )  # fmt: skip
        with gr.Row():
            added = gr.Button("Add an event", elem_id="script-add")
            checked = gr.Button("Check the table", elem_id="script-check")
        who, note = reviewer_and_note("script")
        with gr.Row():
            approved = gr.Button("Approve", variant="primary", elem_id="script-approve")
            rejected = gr.Button("Reject with the note", variant="stop", elem_id="script-reject")
    said = gr.Textbox(label="Answer", interactive=False, max_lines=2, elem_id="script-said")
    with gr.Accordion("Where the sounds are", open=False):
        where = gr.HTML()
    with gr.Accordion("Why this script won: the search", open=False):
        tree = gr.HTML()
    with gr.Accordion("Compared with the version before", open=False):
        compare = gr.HTML()
    redrawn(seen, show, [job], [top, table, where, tree, compare, form])
    added.click(add, [job, table], table, api_visibility="private")
    checked.click(check, [job, table], said, api_visibility="private")
    approved.click(approve, [job, table, who, note], said, api_visibility="private")
    rejected.click(
        rejecting(desk, "Rejected: it is being written again."), [job, who, note], said, api_visibility="private"
    )


def compared(job: JobFolder, script: FoleyScript) -> str:
    """The script against the version that was answered last."""
    versions = sorted(job.former_script(0).parent.glob("*.json"), key=lambda path: int(path.stem))
    if not versions:
        return "<p>This is the first version.</p>"
    return pages.changes(FoleyScript.model_validate_json(versions[-1].read_bytes()), script)
