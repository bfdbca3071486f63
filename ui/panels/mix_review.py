"""Review the mix: what the specialists set and why, before and after, meters, and who plays where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from foleydesigner.graph.drafts import draft_path, unmixed_path
from foleydesigner.graph.refinement import read_mix_settings
from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder
from foleydesigner.ui import media, mix_table, pages
from foleydesigner.ui.cells import Row
from foleydesigner.ui.desk import Desk, telling
from foleydesigner.ui.panels.reviewing import accept, redrawn, rejecting, reviewer_and_note, waits


def build(desk: Desk, job: gr.Textbox, seen: gr.State) -> None:
    """Draw the panel."""

    def show(job_id: str, request: gr.Request) -> list[Any]:
        folder = desk.open(job_id, request) if job_id else None
        if folder is None or not waits(folder, "mix"):
            printed = folder is not None and folder.stereo.is_file()
            word = "The mix is printed; see Deliver." if printed else "The mix is reviewed when it has been made."
            return [f"<p>{word}</p>", gr.update(value=[]), gr.update(visible=False)]
        rows = mix_table.mix_rows(read_script(folder), read_mix_settings(folder))
        return [page(folder), gr.update(value=rows), gr.update(visible=True)]

    @telling
    def approve(job_id: str, rows: list[Row], who: str, note: str, request: gr.Request) -> str:
        folder = desk.open(job_id, request)
        before = read_mix_settings(folder)
        edited = mix_table.mix_of(rows, read_script(folder), before)
        changed = accept(desk, folder, request, "mix", before, edited, reviewer=who, note=note)
        return "Your settings are being mixed; listen again." if changed else "Approved: it is being printed."

    top = gr.HTML("<p>No mix yet.</p>", elem_id="mix-top")
    with gr.Column(visible=False) as form:
        table = gr.Dataframe(
            headers=list(mix_table.COLUMNS), type="array", interactive=True, static_columns=[0, 1],
            label="Settings: an empty send is dry; changed ones are mixed and shown again", elem_id="mix-table",
            column_count=len(mix_table.COLUMNS),
        )  # fmt: skip
        who, note = reviewer_and_note("mix")
        with gr.Row():
            approved = gr.Button("Approve", variant="primary", elem_id="mix-approve")
            rejected = gr.Button("Reject with the note", variant="stop", elem_id="mix-reject")
    said = gr.Textbox(label="Answer", interactive=False, max_lines=2, elem_id="mix-said")
    redrawn(seen, show, [job], [top, table, form])
    approved.click(approve, [job, table, who, note], said, api_visibility="private")
    rejected.click(
        rejecting(desk, "Rejected: the specialists mix again, with the note."),
        [job, who, note],
        said,
        api_visibility="private",
    )


def page(job: JobFolder) -> str:
    """Players, meters, the room and the specialists' reasons."""
    from foleydesigner.tools.loudness import measure_file

    draft, unmixed = draft_path(job), unmixed_path(job)
    meters = [
        {"name": name, "figures": measure_file(path)}
        for name, path in (("A: mix", draft), ("B: without specialists", unmixed))
        if path.is_file()
    ]
    shown = pages.parts(job, "timeline", "mix")
    return pages.page(
        "mixreview",
        clip=pages.clip_address(job),
        draft=media.address(job, draft),
        unmixed=media.address(job, unmixed),
        meters=meters,
        mono_change_db=mono_change_db(draft),
        scene=pages.scene(job, read_script(job)),
        timeline=shown["timeline"],
        tables=shown["mix"],
    )


def mono_change_db(path: Path) -> float:
    """Level of (L + R) / sqrt(2) over that of the stereo pair, dB: 0 for uncorrelated, +3 for equal channels."""
    from foleydesigner.tools.audio_file import read_blocks

    stereo = mono = 0.0
    for block in read_blocks(path):
        wide = block.astype(np.float64)
        stereo += float((wide**2).sum())
        mono += float((0.5 * wide.sum(axis=0) ** 2).sum())
    return 10.0 * float(np.log10((mono + 1e-20) / (stereo + 1e-20)))
