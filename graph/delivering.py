"""The last node: preview, spotting sheet, loudness and fold-down sheet, provenance, report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foleydesigner.agents.served.summary import by_house_in_words, calls_by_role, records_of
from foleydesigner.config import Settings
from foleydesigner.errors import DeliveryError
from foleydesigner.files import write_json
from foleydesigner.graph.mixdown import Audio
from foleydesigner.graph.perception import settings_of
from foleydesigner.graph.reading import read_cue, read_take_record
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import emitter
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder
from foleydesigner.memory import give_back
from foleydesigner.script import FoleyScript
from foleydesigner.tools.delivery import cue_sheet, layouts, loudness_report, preview, provenance

_EMBEDDINGS = provenance.ModelSource(
    name="all-MiniLM-L6-v2 (int8 ONNX)", role="sentence embeddings", licence="Apache-2.0"
)


def stem_files(job: JobFolder, kind: str) -> dict[str, Path]:
    """Id → printed file of all stems of a kind ("event", "layer", "return")."""
    index = json.loads((job.stems / "index.json").read_text("utf-8"))
    return {entry["id"]: job.stems / entry["file"] for entry in index if entry["kind"] == kind}


def _surround_blocks(job: JobFolder, settings: Settings) -> Iterator[Audio]:
    """The printed 5.1 in SMPTE order, whatever order it was printed in."""
    from foleydesigner.tools.audio_file import read_blocks
    from foleydesigner.tools.foldown import smpte_order

    for block in read_blocks(job.surround):
        yield block if settings.surround_order == "smpte" else smpte_order(block)


def _loudness(job: JobFolder, settings: Settings) -> loudness_report.LoudnessSheet:
    """Measure the printed mixes, as files, and the 5.1's fold-down against the stereo."""
    from foleydesigner.tools.audio_file import read_blocks
    from foleydesigner.tools.foldown import FoldDownNull
    from foleydesigner.tools.loudness import measure_blocks, measure_file

    null = FoldDownNull()
    for six, two in zip(_surround_blocks(job, settings), read_blocks(job.stereo), strict=True):
        null.add(six, two)
    sheet = loudness_report.loudness_sheet(
        {
            "stereo": measure_file(job.stereo),
            "surround_51": measure_blocks(_surround_blocks(job, settings), settings.sample_rate_hz, 6),
        },
        {"stereo": layouts.STEREO, "surround_51": layouts.surround_layout(settings.surround_order)},
        profile=settings.profile,
        foldown={
            "foldown_null_db": null.null_db,
            "common_gain_db": null.gain_db,
            "level_change_db": null.level_change_db,
        },
    )
    write_json(job.loudness, sheet)
    return sheet


def _provenance(job: JobFolder, state: JobState, script: FoleyScript, settings: Settings) -> provenance.Provenance:
    record = job.read_record()
    takes = []
    for event in script.events:
        take = read_take_record(job, event.id)
        takes.append(
            provenance.TakeSource(
                event_id=event.id,
                engine=take.engine,
                licence=take.licence,
                seed=take.seed,
                prompt=event.prompt,
                parameters=take.parameters,
            )
        )
    decisions = [
        provenance.Decision(point=d["point"], decided_by=d["decided_by"], verdict=d["verdict"], note=d["note"])
        for d in state.get("decisions", [])
    ]
    gathered = provenance.provenance(
        job_id=record["job_id"],
        inputs={name: record[name]["sha256"] for name in ("clip", "screenplay") if record.get(name)},
        seed=settings.seed,
        engine=settings.engine,
        minds=services().cast.played_by,
        calls=calls_by_role(records_of(job)),
        settings=settings.model_dump(mode="json"),
        takes=takes,
        models=[_EMBEDDINGS],
        decisions=decisions,
    )
    write_json(job.provenance, gathered)
    return gathered


def _report(
    job: JobFolder,
    settings: Settings,
    sheet: loudness_report.LoudnessSheet,
    preview_path: Path | None,
    gathered: provenance.Provenance,
) -> None:
    from foleydesigner.graph.report_context import gather
    from foleydesigner.tools.report.page import write_report

    write_report(
        gather(
            job,
            profile=settings.profile,
            loudness={name: mix.figures for name, mix in sheet.mixes.items()},
            foldown=sheet.foldown,
            channel_orders={name: mix.channel_order for name, mix in sheet.mixes.items()},
            event_stems=stem_files(job, "event"),
            layer_stems=stem_files(job, "layer"),
            returns=stem_files(job, "return"),
            preview=preview_path,
            provenance=gathered,
            seed=settings.seed,
            engine=settings.engine,
        ),
        job.report,
    )


def deliver(state: JobState) -> dict[str, Any]:
    """Everything that is handed over beside the stems and mixes."""
    job, settings, step = services().job, settings_of(state), emitter("deliver")
    script = read_script(job)
    layout = layouts.surround_layout(settings.surround_order)
    warnings: list[str] = []
    preview_path: Path | None = None
    try:
        preview_path = preview.mux_preview(
            services().clip, job.stereo, job.surround, job.delivery, surround_layout=layout
        )
    except DeliveryError as error:
        # Stems and mixes do not hang on the preview: they are delivered without it, and the person is told.
        warnings.append(f"no preview: {error}")
    give_back()  # the container's index of a long film
    if words := by_house_in_words(records_of(job)):
        warnings.append(words)
    step(1, 4)
    cues = [read_cue(job, event.id) for event in script.events]
    names = {event_id: path.name for event_id, path in stem_files(job, "event").items()}
    cue_sheet.write_cue_sheet(job.cue_sheet, script, cues, stem_names=names)
    step(2, 4)
    sheet = _loudness(job, settings)
    gathered = _provenance(job, state, script, settings)
    step(3, 4)
    _report(job, settings, sheet, preview_path, gathered)
    shutil.rmtree(job.work, ignore_errors=True)
    step(4, 4)
    return {"warnings": warnings}
