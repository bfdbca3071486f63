"""What is handed over: players, downloads, the report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gradio as gr

from foleydesigner.job import JobFolder
from foleydesigner.ui import media, pages
from foleydesigner.ui.desk import Desk


def build(desk: Desk, job: gr.Textbox, seen: gr.State) -> None:
    """Draw the panel."""

    def show(job_id: str, request: gr.Request) -> str:
        folder = desk.open(job_id, request) if job_id else None
        return page(folder) if folder is not None and folder.report.is_file() else "<p>Nothing is delivered yet.</p>"

    top = gr.HTML("<p>Nothing is delivered yet.</p>", elem_id="deliver-top")
    seen.change(show, job, top, show_progress="hidden", trigger_mode="always_last", api_visibility="private")


def deliverables(job: JobFolder) -> dict[str, list[Path]]:
    """Files by group, in the order in which an editor looks for them."""
    groups: dict[str, Iterable[Path]] = {
        "Mixes": (job.stereo, job.surround),
        "Picture and sheets": sorted(job.delivery.iterdir()) if job.delivery.is_dir() else (),
        "Stems and returns": sorted(job.stems.rglob("*.wav")) if job.stems.is_dir() else (),
        "Script": (job.script,),
    }
    shown = {
        name: [p for p in paths if p.is_file() and p.suffix.lower() in media.TYPES] for name, paths in groups.items()
    }
    return {name: paths for name, paths in shown.items() if paths}


def page(job: JobFolder) -> str:
    """Players, downloads, the link to the report."""
    groups: list[dict[str, Any]] = [
        {
            "name": name,
            "files": [
                {
                    "name": path.name,
                    "kilobytes": path.stat().st_size / 1e3,
                    "sound": path.suffix == ".wav",
                    "address": media.address(job, path),
                }
                for path in paths
            ],
        }
        for name, paths in deliverables(job).items()
    ]
    preview = next(iter(sorted(job.delivery.glob("preview.*"))), None) if job.delivery.is_dir() else None
    return pages.page(
        "deliver",
        preview=media.address(job, preview) if preview else "",
        warnings=job.read_record().get("warnings", []),
        report=media.address(job, job.report),
        groups=groups,
    )
