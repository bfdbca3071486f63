"""Pieces of HTML that panels show: made from templates that escape every text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foleydesigner.graph.drafts import draft_path
from foleydesigner.graph.report_context import gather
from foleydesigner.graph.stage import STAGES
from foleydesigner.job import JobFolder
from foleydesigner.script import LAYER_NAMES, FoleyScript, SoundEvent
from foleydesigner.tools.report.page import environment, render_parts
from foleydesigner.ui import media

if TYPE_CHECKING:
    import jinja2

    from foleydesigner.ui.library import JobCard
    from foleydesigner.ui.runner import Work

_FOLDER = Path(__file__).parent / "templates"
REVIEWS = {"script": "script", "takes": "takes", "mix": "mix"}
"""After which stage a person is asked."""


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return environment(_FOLDER)


def page(name: str, **values: Any) -> str:
    """A template of this folder, filled in."""
    macros = _templates().get_template("macros.html.j2").module
    return _templates().get_template(f"{name}.html.j2").render(m=macros, **values)


def parts(job: JobFolder, *names: str) -> dict[str, str]:
    """Sections of the report for this app, over the sound that there is: the mix, else what the clip came with."""
    sound, called = _sound_so_far(job)
    return render_parts(gather(job, waveform=sound, waveform_name=called), *names)


def _sound_so_far(job: JobFolder) -> tuple[Path | None, str]:
    from foleydesigner.tools.guide_track import write_guide_track

    draft = draft_path(job)
    if draft.is_file() or job.stereo.is_file():
        return (draft, "Mix under review") if draft.is_file() else (None, "Stereo mix")
    clip = Path(str((job.read_record().get("clip") or {}).get("path", "")))
    guide = job.root / "perception" / "guide.wav"
    if not guide.is_file() and clip.is_file():
        write_guide_track(clip, guide)
    return (guide if guide.is_file() else None), "The clip's own sound"


def progress(job: JobFolder, card: JobCard, work: Work | None) -> str:
    """The state machine with what is lit in it, and what has come out so far."""
    seconds: dict[str, float] = {}
    if job.record.is_file():
        seconds = job.read_record().get("seconds", {})
    working = card.state in ("running", "queued")
    counts = work.stages if work is not None and working else {}
    boxes = []
    for name, words in STAGES:
        count = counts.get(name)
        now = bool(count and count.open)
        done = name in seconds and not now
        boxes.append(
            {
                "name": name,
                "words": words,
                "state": "now" if now else "done" if done else "later",
                "count": f"{count.done} of {count.total}" if count and count.total and now else "",
                "left_s": count.left_s if count and now else None,
                "seconds": seconds.get(name),
                "review": REVIEWS.get(name, ""),
                "waits": card.waits_for == REVIEWS.get(name, "-"),
            }
        )
    thumbnails = sorted(job.keyframes.glob("*.jpg"))[:12] if job.keyframes.is_dir() else []
    return page(
        "progress",
        card=card,
        boxes=boxes,
        thumbnails=[media.address(job, path) for path in thumbnails],
        script=_script_so_far(job),
        takes=_takes_so_far(job) if working else [],
    )


def _script_so_far(job: JobFolder) -> FoleyScript | None:
    from foleydesigner.graph.scripting import read_script

    return read_script(job) if job.script.is_file() else None


def _takes_so_far(job: JobFolder) -> list[dict[str, str]]:
    script = _script_so_far(job)
    if script is None:
        return []
    made = [(e, job.take(e.id, "placed"), job.take(e.id, "dry")) for e in script.events]
    return [
        {"label": e.label, "layer": e.layer, "address": media.address(job, placed if placed.is_file() else dry)}
        for e, placed, dry in made
        if dry.is_file() and job.take_record(e.id).is_file()
    ]


def clip_address(job: JobFolder) -> str:
    """The picture for a browser: the delivered preview where there is one, else the clip as it was brought."""
    preview = next((p for p in job.delivery.glob("preview.*")), None) if job.delivery.is_dir() else None
    if preview is not None:
        return media.address(job, preview)
    clip = Path(str((job.read_record().get("clip") or {}).get("path", "")))
    return media.address(job, clip) if clip.is_relative_to(job.root) else ""


def changes(before: FoleyScript, after: FoleyScript) -> str:
    """What a script has that the one before had not, event by event."""
    old, new = {e.id: e for e in before.events}, {e.id: e for e in after.events}
    rows: list[dict[str, Any]] = [{"event": e, "what": "new", "fields": []} for i, e in new.items() if i not in old]
    rows += [{"event": e, "what": "gone", "fields": []} for i, e in old.items() if i not in new]
    for event_id in new.keys() & old.keys():
        fields = _changed_fields(old[event_id], new[event_id])
        if fields:
            rows.append({"event": new[event_id], "what": "changed", "fields": fields})
    rows.sort(key=lambda row: (row["what"], row["event"].in_s))
    return page("changes", rows=rows, before=before, after=after)


def _changed_fields(before: SoundEvent, after: SoundEvent) -> list[dict[str, str]]:
    ignored = {"reason", "evidence_ids", "mention_ids"}
    return [
        {"name": name, "before": _short(getattr(before, name)), "after": _short(getattr(after, name))}
        for name in SoundEvent.model_fields
        if name not in ignored and getattr(before, name) != getattr(after, name)
    ]


def _short(value: object, most: int = 120) -> str:
    text = ", ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in value) if isinstance(value, tuple) else ""
    text = text or (f"{value:.3f}" if isinstance(value, float) else str(value))
    return text if len(text) <= most else text[:most] + "…"


def scene(job: JobFolder, script: FoleyScript, points: int = 120) -> str:
    """The 5.1 room seen from above: who plays where over time, as numbers that the page's script moves dots by."""
    from foleydesigner.graph.reading import read_cue
    from foleydesigner.tools.panning import loudspeaker_angle_deg

    times = np.linspace(0.0, script.clip.duration_s, points)
    fov = float(job.read_record()["settings"].get("field_of_view_deg", 90.0))
    tracks = []
    for event in script.events:
        cue = read_cue(job, event.id)
        azimuth, depth = cue.trajectory.sample(times)
        angle = loudspeaker_angle_deg(azimuth * (cue.pan_width if cue.placement == "screen" else 1.0), fov)
        tracks.append(
            {
                "label": event.label,
                "layer": event.layer,
                "layer_name": LAYER_NAMES[event.layer],
                "diffuse": cue.placement == "diffuse",
                "angles": [round(float(a), 1) for a in angle],
                "depths": [round(float(d), 2) for d in depth],
                "active": _sounding(event, times),
                "where": _where(angle, depth, cue.placement),
            }
        )
    return page("scene", duration_s=script.clip.duration_s, tracks=tracks)


def _sounding(event: SoundEvent, times: Sequence[float] | np.ndarray) -> list[int]:
    if event.kind == "impulsive":
        onsets = np.asarray(event.onsets_s)
        return [int(bool(((onsets <= t + 0.02) & (onsets > t - 0.4)).any())) for t in times]
    return [int(any(span.start_s <= t <= span.end_s for span in event.spans)) for t in times]


def _where(angle: np.ndarray, depth: np.ndarray, placement: str) -> str:
    if placement == "diffuse":
        return "all around"
    first, last = float(angle[0]), float(angle[-1])
    moved = f"{first:+.0f}°" if abs(last - first) < 1 else f"{first:+.0f}° to {last:+.0f}°"
    return f"{moved}, {float(np.median(depth)):.1f} m"
