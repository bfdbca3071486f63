"""Tracks as a mixing model is told of them, in runs that it can take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from foleydesigner.agents.mixing_planner import TrackContext
from foleydesigner.agents.served.mind import MisreadError
from foleydesigner.agents.served.picture_data import chunks
from foleydesigner.mix import Masking, TrackAnalysis

TRACKS_A_QUESTION = 20
Request = TypeVar("Request", bound=BaseModel)


def track_data(analysis: TrackAnalysis) -> dict[str, Any]:
    """What was measured of a track, and heard in it."""
    return {
        "id": analysis.event_id,
        "label": analysis.label,
        "layer": analysis.layer,
        "prominence": analysis.prominence,
        "lufs": round(analysis.loudness_lufs, 1),
        "peak_dbfs": round(analysis.peak_dbfs, 1),
        "rt60_s": None if analysis.rt60_s is None else round(analysis.rt60_s, 2),
        "low_mid_high_db": [round(v, 1) for v in (analysis.low_db, analysis.mid_db, analysis.high_db)],
        "heard_as": analysis.heard_as,
        "agreement": round(analysis.agreement, 2),
    }


def context_data(context: TrackContext) -> dict[str, Any]:
    """Where a track stands."""
    return {
        "placement": context.placement,
        "depth_m": round(context.depth_m, 1),
        "scene": context.scene_id,
        "place_rt60_s": round(context.target_rt60_s, 2),
    }


def masking_data(maskings: Sequence[Masking]) -> list[dict[str, Any]]:
    """Who buries whom, the worst first."""
    worst = sorted(maskings, key=lambda m: -m.excess_db)[:32]
    return [
        {"masked": m.masked_id, "by": m.masker_id, "band": m.band, "excess_db": round(m.excess_db, 1)} for m in worst
    ]


def all_once(asked: Sequence[str], got: Sequence[str]) -> None:
    """Every track is answered for once, and no other.

    Raises:
        MisreadError: it is not so.
    """
    missing, extra = [i for i in asked if i not in got], [i for i in got if i not in asked]
    doubled = sorted({i for i in got if got.count(i) > 1})
    if missing or extra or doubled:
        raise MisreadError(f"tracks missing: {missing[:4]}, unknown: {extra[:4]}, twice: {doubled[:4]}")


def in_runs(field: str) -> Callable[[Request], Sequence[Request]]:
    """A splitter of requests whose tracks are in a field: runs of at most `TRACKS_A_QUESTION`."""

    def split(request: Request) -> Sequence[Request]:
        groups = chunks(getattr(request, field), TRACKS_A_QUESTION)
        if len(groups) == 1:
            return [request]
        return [request.model_copy(update={field: tuple(group)}) for group in groups]

    return split
