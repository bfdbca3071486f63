"""Impacts: the moments at which movement in the picture should be heard.

What sounds is seldom the peak of movement; it is the end of it. A directogram (movement by place and direction) is kept
for each frame, and its half-wave rectified *decrease* is the visual counterpart of an audio onset envelope (Davis and
Agrawala, "Visual Rhythm and Beat", SIGGRAPH 2018). Four readings are combined, because each is blind to something:

* loss of change: luminance stops changing; holds for sticks and hammers too fast and thin for flow;
* loss of flow by direction: catches a bounce, where speed stays and direction does not;
* loss of downward movement: most of what strikes, strikes down;
* gain of flow out of rest: a jolt (a bark, a recoil), at a discount.

The time of an impact is the centroid of what is lost, and of what comes back the other way, over the frames around the
peak. For the flow of a thing that moves at even speed and, inside a frame period, stops dead or returns at even speed,
that centroid is the exact instant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.movement_cues import CUES

MIN_GAP_S = 0.1
WEAKEST = 0.1
"""Impacts under this share of the clip's strongest are left out."""

_WEIGHTS = {"stop": 1.0, "turn": 1.0, "down": 1.5}
_GAIT_WEIGHTS = {"stop": 0.5, "turn": 2.0}
_START_WEIGHT = 0.6
_CAP = 1.5
_SCALE_PERCENTILE = 95.0
_FLOORS = {"stop": 0.4, "turn": 0.4, "down": 0.4, "start": 0.4}
"""Scale floors: tile sums that a thing of a thousandth of the picture makes by stopping; less is no event."""
_LOCAL_S = 0.5
_SMOOTH_S = 0.025
_QUIET_S = 0.2
_PERIODIC = 0.5
_STEADY, _ENDED = 0.04, 0.12
"""Share of the movement whose loss is that of a steady thing; and what more makes it an ending."""
_PLATEAU = 0.8
_LEAST_CONTRAST = 0.25

Kind = Literal["contact", "stop", "reversal", "jolt", "activity"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An impact before it has a name: `salience` is comparable over the clip."""

    time_s: float
    frame: int
    salience: float
    x: float
    y: float
    kind: Kind
    landed: bool = False
    """The path shows free flight that ends here, or begins."""
    high: float = 0.0
    """Height of what landed at that place, cells."""
    ended: bool = False
    """Nothing was seen to strike; a movement in one place is over."""


def cue_scales(cues: NDArray[np.float32]) -> dict[str, float]:
    """What counts as much in this clip, by cue: a high percentile of where there is any."""
    scales = {}
    for name, floor in _FLOORS.items():
        values = cues[:, CUES.index(name)]
        alive = values[values > 0.05 * floor]
        scales[name] = max(floor, float(np.percentile(alive, _SCALE_PERCENTILE)) if alive.size else 0.0)
    return scales


def salience(
    cues: NDArray[np.float32], scales: dict[str, float], frame_rate: float, *, gait: bool = False
) -> NDArray[np.float64]:
    """Impact envelope of one source, `(frames,)`.

    In a gait the body goes on while a foot stops: a small share lost counts, and no direction is preferred.
    """

    def level(name: str) -> NDArray[np.float64]:
        return np.minimum(cues[:, CUES.index(name)].astype(np.float64) / scales[name], _CAP)

    weights = _GAIT_WEIGHTS if gait else _WEIGHTS
    steady, ended = (_STEADY / 8, _ENDED / 8) if gait else (_STEADY, _ENDED)
    ending = sum((weight * level(name) for name, weight in weights.items()), np.zeros(len(cues)))
    ending *= np.clip((_lost_share(cues) - steady) / ended, 0.0, 1.0)
    energy = cues[:, CUES.index("energy")].astype(np.float64)
    quiet_frames = max(2, round(_QUIET_S * frame_rate))
    past = np.concatenate([np.zeros(quiet_frames), energy])[: -1 or None]
    recent = np.lib.stride_tricks.sliding_window_view(np.concatenate([[0.0], past]), quiet_frames + 1)[: len(cues)].max(
        axis=1
    )
    from_rest = np.clip(1.0 - recent / np.maximum(energy, 1e-9) * 2.0, 0.0, 1.0)
    starting = _START_WEIGHT * sum(_WEIGHTS.values()) / _CAP * level("start") * from_rest
    return np.asarray(np.maximum(ending, starting), dtype=np.float64)


def _lost_share(cues: NDArray[np.float32]) -> NDArray[np.float64]:
    """Movement lost around each frame over the movement there was just before: a passing train loses next to none."""
    lost = (cues[:, CUES.index("stop")] + cues[:, CUES.index("turn")]).astype(np.float64)
    energy = np.concatenate([[0.0, 0.0], cues[:, CUES.index("energy")].astype(np.float64)])
    had = np.maximum(energy[:-2], energy[1:-1])
    share = np.where(had > 0.0, lost / np.maximum(had, 1e-6), 0.0)
    around = np.concatenate([[0.0], np.minimum(share, 1.0), [0.0]])
    return np.asarray(np.maximum(np.maximum(around[:-2], around[1:-1]), around[2:]), dtype=np.float64)


def find_impacts(
    cues: NDArray[np.float32],
    times_s: NDArray[np.float64],
    first_frame: int,
    scales: dict[str, float],
    frame_rate: float,
    *,
    gait: bool = False,
) -> list[Candidate]:
    """Peaks of one source's envelope, at least 0.1 s apart.

    Args:
        cues: `(frames, len(CUES))`, row k speaks of frame `first_frame + k`.
        times_s: `(frames,)` times of those frames.
        first_frame: number of the first of them in the clip.
        scales: of the whole clip (`cue_scales`), so that sources compare.
        frame_rate: frames per second.
        gait: True where the source repeats itself at the pace of steps.
    """
    if len(cues) < 3:
        return []
    envelope = _smooth(salience(cues, scales, frame_rate, gait=gait), _SMOOTH_S * frame_rate)
    contrast = envelope - 0.5 * _local_mean(envelope, max(3, round(2 * _LOCAL_S * frame_rate)))
    inner = np.flatnonzero((envelope[1:-1] >= envelope[:-2]) & (envelope[1:-1] > envelope[2:])) + 1
    found: list[Candidate] = []
    for index in sorted(inner, key=lambda i: -contrast[i]):
        if contrast[index] <= _LEAST_CONTRAST:
            break
        time_s = _refined_time(cues, times_s, _head(envelope, times_s, int(index)), scales)
        if all(abs(time_s - other.time_s) >= MIN_GAP_S for other in found):
            x, y = cues[index, CUES.index("x")], cues[index, CUES.index("y")]
            kind = _kind(cues, int(index), frame_rate)
            found.append(Candidate(time_s, first_frame + int(index), float(contrast[index]), float(x), float(y), kind))
    return sorted(found, key=lambda candidate: candidate.time_s)


def favour_rhythm(candidates: list[Candidate], period_s: float | None, periodicity: float) -> list[Candidate]:
    """Raise what falls on the beat of a track that repeats itself, and lower what falls off it.

    The phase is that of the largest salience-weighted vector sum on the circle of the period.
    """
    if period_s is None or periodicity < _PERIODIC or len(candidates) < 4:
        return candidates
    angle = np.array([2 * np.pi * c.time_s / period_s for c in candidates])
    weight = np.array([c.salience for c in candidates])
    mean = (weight * np.exp(1j * angle)).sum() / weight.sum()
    agreement = np.cos(angle - np.angle(mean)) * abs(mean) * periodicity
    return [
        replace(c, salience=c.salience * (1.0 + 0.5 * float(a))) for c, a in zip(candidates, agreement, strict=True)
    ]


def _turns_back(cues: NDArray[np.float32], index: int, frames: int) -> bool:
    """True where the movement after a frame is against the movement before it."""
    flow = cues[:, [CUES.index("u"), CUES.index("v")]].astype(np.float64)
    into = flow[max(0, index - frames) : index].sum(axis=0)
    out = flow[index + 1 : index + 1 + frames].sum(axis=0)
    return bool(into @ out < -0.3 * np.hypot(*into) * np.hypot(*out))


def _head(envelope: NDArray[np.float64], times_s: NDArray[np.float64], index: int) -> int:
    """First frame of the plateau that a peak ends: a blow and the lifting that follows it are heard as the blow."""
    first = index
    while (
        first > 0
        and envelope[first - 1] >= _PLATEAU * envelope[index]
        and times_s[index] - times_s[first - 1] < MIN_GAP_S
    ):
        first -= 1
    return first


def _refined_time(
    cues: NDArray[np.float32], times_s: NDArray[np.float64], index: int, scales: dict[str, float]
) -> float:
    """Centroid, over the frame of the peak and its neighbours, of what was lost and of what came back the other way.

    Movement that comes back counts only as far as as much was lost before it: the start of a blow is not its end.
    """
    around = slice(max(0, index - 1), index + 2)
    lost = cues[:, CUES.index("turn")].astype(np.float64)
    lost_so_far = lost + np.concatenate([[0.0], lost[:-1]])
    back = np.minimum(cues[:, CUES.index("back")].astype(np.float64), lost_so_far)
    flow = np.minimum((lost + back) / scales["turn"], 2 * _CAP)
    change = np.minimum(cues[:, CUES.index("stop")].astype(np.float64) / scales["stop"], _CAP)
    weight = (flow + change)[around]
    weight = weight - 0.5 * weight.min() + 1e-9
    return float((weight * times_s[around]).sum() / weight.sum())


def _kind(cues: NDArray[np.float32], index: int, frame_rate: float) -> Kind:
    """What sort of event a peak is. Row k's energy and flow are those of the period after frame k."""
    energy = cues[:, CUES.index("energy")].astype(np.float64)
    span = max(2, round(0.1 * frame_rate))
    before, after = slice(max(0, index - span), index), slice(index + 1, index + 1 + span)
    if index == 0 or energy[before].max(initial=0.0) < 0.35 * energy[index:][: span + 1].max(initial=0.0):
        return "jolt"
    abrupt = energy[index - 1] > 0.5 * energy[before].max(initial=0.0)
    if _turns_back(cues, index, span):
        return "contact" if abrupt else "reversal"
    rest = energy[index + 1 : index + 1 + max(3, round(0.3 * frame_rate))]
    if rest.size and rest.max() < 0.1 * energy[before].max(initial=0.0):
        return "contact" if abrupt else "stop"
    if energy[after].max(initial=0.0) < 0.6 * energy[before].max(initial=0.0):
        return "contact" if abrupt else "stop"
    return "activity"


def _smooth(curve: NDArray[np.float64], sigma_frames: float) -> NDArray[np.float64]:
    """Gaussian of at least half a frame, so that a plateau has one top."""
    sigma = max(0.5, sigma_frames)
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(np.pad(curve, reach), kernel / kernel.sum(), mode="valid")


def _local_mean(curve: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Running mean over what exists around each frame."""
    kernel = np.ones(frames | 1)
    padded = [np.convolve(np.pad(c, frames // 2), kernel, mode="valid") for c in (curve, np.ones_like(curve))]
    return np.asarray(padded[0] / padded[1])[: curve.size]
