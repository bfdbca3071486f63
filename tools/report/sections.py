"""The page's sections as plain data: what the template prints, in the order in which a reader meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foleydesigner.script import LAYER_NAMES, LAYERS, SoundEvent
from foleydesigner.tools.delivery.loudness_report import PROFILES, check
from foleydesigner.tools.report import figures
from foleydesigner.tools.report.keyframes import keyframe_views
from foleydesigner.tools.report.pictures import PictureBudget, relative_link
from foleydesigner.tools.timecode import time_base

if TYPE_CHECKING:
    from foleydesigner.tools.report.page import ReportContext

_AZIMUTH_HEIGHT = 240.0
_LISTED_ONSETS = 40
_MOST_CURVES = 60
_PROMINENCE_ORDER = {"foreground": 0, "middle": 1, "background": 2}

Link = Callable[[Path | None], str]


def view(context: ReportContext) -> dict[str, Any]:
    """Everything the template needs."""
    pictures = PictureBudget(context.job.root)

    def link(path: Path | None) -> str:
        return relative_link(context.job.root, path) if path is not None and path.is_file() else ""

    keyframes = keyframe_views(context, pictures)  # first: they are few, and worth more than the last spectrogram
    return {
        "head": _head(context),
        "players": _players(context, link),
        "timeline": _timeline(context),
        "keyframes": keyframes,
        "azimuth": _azimuth(context),
        "events": [_event(context, event, pictures, link) for event in context.script.events],
        "tree": figures.search_tree(context.search) if context.search else None,
        "search": context.search,
        "texts": context.structured_texts,
        "mix": _mix(context),
        "loudness": _loudness(context),
        "foldown": dict(context.foldown),
        "stages": _stages(context),
        "open_findings": _open_findings(context),
        "provenance": context.provenance,
        "evidence": context.evidence,
        "layer_names": LAYER_NAMES,
    }


def _head(context: ReportContext) -> dict[str, Any]:
    clip = context.evidence.clip
    return {
        "clip": clip,
        "rate": f"{clip.rate_num}/{clip.rate_den}",
        "fps": f"{float(clip.frame_rate):.3f}",
        "base": time_base(clip.frame_rate, clip.start_timecode),
        "score": context.script.score,
        "seed": context.seed,
        "engine": context.engine,
        "scenes": context.screenplay.scenes if context.screenplay else (),
        "ignored": context.screenplay.ignored if context.screenplay else (),
        "spaces": context.script.spaces,
    }


def _players(context: ReportContext, link: Link) -> dict[str, Any]:
    job = context.job
    return {
        "preview": link(context.preview),
        "mixes": [
            {"name": name, "address": address}
            for name, path in (("Stereo mix", job.stereo), ("5.1 mix", job.surround))
            if (address := link(path))
        ],
        "layers": [
            {"layer": layer, "name": LAYER_NAMES[layer], "address": address}
            for layer in LAYERS
            if (address := link(context.layer_stems.get(layer)))
        ],
        "returns": [{"name": n, "address": a} for n, path in context.returns.items() if (a := link(path))],
    }


def _timeline(context: ReportContext) -> dict[str, Any]:
    duration_s = context.evidence.clip.duration_s
    share = 100.0 / duration_s
    stereo = context.waveform or context.job.stereo
    return {
        "duration_s": duration_s,
        "shots": [
            {
                "id": s.id,
                "left": s.start_s * share,
                "width": max(0.0, min(s.end_s, duration_s) - s.start_s) * share,
                "shot": s,
            }
            for s in context.evidence.shots
        ],
        "cuts": "".join(f"M{s.start_s * 10 * share:.2f} 0V100" for s in context.evidence.shots[1:]),
        "waveform_name": context.waveform_name,
        "waveform": figures.waveform_path(figures.waveform_peaks(stereo)) if stereo.is_file() else "",
        "ruler": _ruler(duration_s),
        "groups": [
            {"layer": layer, "name": LAYER_NAMES[layer], "rows": rows}
            for layer in LAYERS
            if (
                rows := [
                    {"event": event, "path": figures.event_path(event, duration_s)}
                    for event in context.script.events
                    if event.layer == layer
                ]
            )
        ],
    }


def _ruler(duration_s: float) -> list[dict[str, float]]:
    """Marks at a round step, at most about twelve of them."""
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
    step = next((s for s in steps if duration_s / s <= 12), 7200.0)
    return [{"time_s": i * step, "left": 100.0 * i * step / duration_s} for i in range(int(duration_s / step) + 1)]


def _azimuth(context: ReportContext) -> dict[str, Any] | None:
    cues = [cue for cue in context.cues if cue.placement != "diffuse"]
    if not cues:
        return None
    known = {event.id: event for event in context.script.events}
    cues = [cue for cue in cues if cue.event_id in known]
    shown = sorted(cues, key=lambda cue: _PROMINENCE_ORDER[known[cue.event_id].prominence])[:_MOST_CURVES]
    limit_deg = figures.azimuth_limit_deg(shown)
    return {
        "limit_deg": limit_deg,
        "height": _AZIMUTH_HEIGHT,
        "curves": [
            {"event": known[c.event_id], "figure": figures.azimuth_figure(c, limit_deg, _AZIMUTH_HEIGHT)} for c in shown
        ],
        "left_out": len(cues) - len(shown),
        "diffuse": [known[c.event_id] for c in context.cues if c.placement == "diffuse" and c.event_id in known],
    }


def _event(context: ReportContext, event: SoundEvent, pictures: PictureBudget, link: Link) -> dict[str, Any]:
    before = next((a for a in context.analyses if a.event_id == event.id), None)
    after = next((a for a in context.analyses_after if a.event_id == event.id), None)
    shown = after or before
    mel = context.job.root / shown.mel_picture if shown and shown.mel_picture else context.job.mel_picture(event.id)
    return {
        "event": event,
        "layer_name": LAYER_NAMES[event.layer],
        "placement": _placement(context, event),
        "before": before,
        "after": after,
        "mel": pictures.address(mel, 420),
        "stem": link(context.event_stems.get(event.id)),
        "onsets": list(zip(event.onsets_s, event.strengths, strict=True))[:_LISTED_ONSETS],
        "more_onsets": max(0, len(event.onsets_s) - _LISTED_ONSETS),
    }


def _placement(context: ReportContext, event: SoundEvent) -> dict[str, Any]:
    import numpy as np

    cue = next((c for c in context.cues if c.event_id == event.id), None)
    if cue is None or cue.placement == "diffuse":
        return {"kind": event.placement.kind, "path": None}
    azimuth, depth = cue.trajectory.sample(np.array([event.in_s, max(event.in_s, event.out_s - 1e-6)]))
    return {"kind": cue.placement, "path": (float(azimuth[0]), float(azimuth[1]), float(depth[0]), float(depth[1]))}


def _mix(context: ReportContext) -> dict[str, Any]:
    settings, plan = context.settings, context.plan
    by_id = {event.id: event for event in context.script.events}
    return {
        "corrected": bool(settings and settings.corrected),
        "findings": plan.findings if plan else (),
        "retakes": plan.retake_ids if plan else (),
        "maskings": plan.maskings if plan else (),
        "labels": {event.id: event.label for event in context.script.events},
        "tracks": [
            {
                "event": event,
                "plan": next((t for t in plan.tracks if t.event_id == i), None) if plan else None,
                "reverb": next((s for s in settings.reverbs if s.event_id == i), None) if settings else None,
                "equaliser": next((s for s in settings.equalisers if s.event_id == i), None) if settings else None,
                "dynamics": next((s for s in settings.dynamics if s.event_id == i), None) if settings else None,
                "before": next((a for a in context.analyses if a.event_id == i), None),
                "after": next((a for a in context.analyses_after if a.event_id == i), None),
            }
            for i, event in by_id.items()
        ]
        if settings or plan or context.analyses
        else [],
    }


def _loudness(context: ReportContext) -> dict[str, Any]:
    return {
        "profile": context.profile,
        "profiles": PROFILES,
        "mixes": [
            {
                "name": name,
                "order": context.channel_orders.get(name, ""),
                "figures": figures_of,
                "checks": [check(figures_of, profile) for profile in PROFILES],
            }
            for name, figures_of in context.loudness.items()
        ],
    }


def _stages(context: ReportContext) -> dict[str, Any]:
    longest = max(context.seconds.values(), default=0.0)
    total_s = sum(context.seconds.values())
    return {
        "rows": [
            {"name": name, "seconds": seconds, "width": 100.0 * seconds / longest if longest else 0.0}
            for name, seconds in context.seconds.items()
        ],
        "total_s": total_s,
        "ratio": total_s / context.evidence.clip.duration_s,
    }


def _open_findings(context: ReportContext) -> list[dict[str, str]]:
    """Everything still held against the result, whoever found it."""
    found = [{"origin": "script", "text": line} for line in context.script.open_findings]
    if context.structured_texts:
        found += [{"origin": "picture text", "text": f.message} for f in context.structured_texts[-1].open_findings]
    if context.plan:
        found += [{"origin": "mix plan", "text": f.message} for f in context.plan.findings]
    return found
