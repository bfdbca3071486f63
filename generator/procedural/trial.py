"""One family by itself: an event and a cue out of a few words, to hear it, to measure it, to show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from pydantic import ValidationError

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.errors import ConfigurationError
from foleydesigner.generator.engine import RenderRequest
from foleydesigner.script import FAMILIES, Family, Layer, Mood, Placement, Size, SoundEvent, Span

RATE_HZ = 48_000
_FRAME_RATE = 25
_FIRST_S, _LAST_S = 0.25, 0.4
INTERVAL_S: dict[Family, float] = {
    "animal": 1.4, "breath": 1.6, "percussion": 0.5, "bell": 2.2, "footsteps": 0.55, "handling": 0.7, "door": 2.6,
    "whoosh": 1.6, "thunder": 5.0, "impact": 0.9, "glass": 2.6, "explosion": 5.0, "gunshot": 1.4,
}  # fmt: skip
"""Families that are hit, and how far apart; the others go on."""
PARAMETERS: dict[str, str] = {
    "variant": "which member of the family",
    "material": "what it is made of",
    "surface": "what it is on",
    "size": " | ".join(get_args(Size)),
    "intensity": "0 to 1",
    "speed": "0 to 1",
    "wetness": "0 to 1",
    "mood": " | ".join(get_args(Mood)),
    "count": "how many sound together, from 1",
    "strength": "of the hits, 0 to 1",
    "interval_s": "between the hits, seconds",
    "level": "of what goes on, 0 to 1",
}
_NUMBERS = frozenset({"intensity", "speed", "wetness", "strength", "interval_s", "level"})


def is_hit(family: Family) -> bool:
    """Whether a family's sounds are hits, by nature."""
    return family in INTERVAL_S


def trial_request(
    family: str, seconds: float, seed: int, settings: Mapping[str, str | float | int] | None = None
) -> RenderRequest:
    """A request for so many seconds of a family, straight ahead and four metres away.

    Args:
        family: one of `script.FAMILIES`.
        seconds: length of the clip that it is for.
        seed: of the take.
        settings: some of `PARAMETERS`.

    Raises:
        ConfigurationError: no such family or parameter, or a value that is none for it.
    """
    if family not in FAMILIES:
        raise ConfigurationError(f"no family is called {family!r}", f"one of {', '.join(FAMILIES)}", "`foley sounds`")
    chosen = {name: _value(name, value) for name, value in (settings or {}).items()}
    strength = float(chosen.pop("strength", 1.0))
    interval_s = float(chosen.pop("interval_s", INTERVAL_S.get(family, 1.0)))
    level = float(chosen.pop("level", 1.0))
    for name, share in (("strength", strength), ("level", level)):
        if not 0.0 <= share <= 1.0:
            raise ConfigurationError(f"{name} is {share:g}", "0 to 1", "correct it")
    if not interval_s >= 0.02:
        raise ConfigurationError(f"interval_s is {interval_s:g}", "0.02 s and more", "correct it")
    hit = is_hit(family)
    onsets = tuple(float(t) for t in np.arange(_FIRST_S, max(seconds - _LAST_S, _FIRST_S + 1e-6), interval_s))
    spans = (Span(start_s=0.0, end_s=seconds, level_times_s=(0.0, seconds), levels=(level, level)),)
    layer: Layer = "hard_fx"
    try:
        event = SoundEvent(
            id=family,
            label=str(chosen.get("variant") or family).replace("_", " ")[:400],
            prompt=family,
            family=family,
            layer=layer,
            kind="impulsive" if hit else "steady",
            onsets_s=onsets if hit else (),
            strengths=(strength,) * len(onsets) if hit else (),
            spans=() if hit else spans,
            placement=Placement(kind="screen", x=0.5),
            origin="craft",
            **chosen,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise ConfigurationError(f"{name} is {first['input']!r}", first["msg"].lower(), "`foley sounds`") from error
    return RenderRequest(event=event, cue=_cue(event, seconds), sample_rate_hz=RATE_HZ, seed=seed)


def _value(name: str, value: str | float | int) -> Any:
    if name not in PARAMETERS:
        raise ConfigurationError(
            f"no parameter is called {name!r}", f"one of {', '.join(PARAMETERS)}", "`foley sounds`"
        )
    if name in _NUMBERS or name == "count":
        try:
            return int(value) if name == "count" else float(value)
        except ValueError as error:
            raise ConfigurationError(f"{name} is {value!r}", PARAMETERS[name], "pass a number") from error
    return str(value)


def _cue(event: SoundEvent, seconds: float) -> EventCue:
    ahead = PositionPoint(time_s=0.0, azimuth_deg=0.0, depth_m=4.0)
    return EventCue(
        event_id=event.id,
        kind=event.kind,
        placement="screen",
        rate_num=_FRAME_RATE,
        rate_den=1,
        frame_count=max(1, round(seconds * _FRAME_RATE)),
        clip_duration_s=seconds,
        onsets_s=event.onsets_s,
        strengths=event.strengths,
        spans=event.spans,
        trajectory=Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=seconds, points=(ahead,)),)),
    )
