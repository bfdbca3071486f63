"""The gait of who walks across, from where the legs are: a planted foot stays while the body passes over it.

Seen from the body, the leg on the ground goes back at the speed of the walk and the other swings forward past it. For a
step of any length that follows from step time and speed, the places of both shins at each moment of the step are known
up to its phase (Whittle, "Gait Analysis": stance 60 %, swing 40 % of the cycle of two steps). The picture of the legs
is compared with that over all frames at once, which single pictures of half-hidden legs cannot spoil.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.gait import Gait

BINS = 25
"""Places across, from half a height behind the middle to half a height before it."""
BAND = (0.08, 0.25)
"""Shins, as shares of the height from below: above the shadow on the ground, under the knees."""
_PHASES = 20
"""Moments of a step that are told apart."""
_STRIDE_HEIGHTS = (0.25, 0.6)
"""Lengths of a step that people take, as shares of their height."""
_STEPS_S, _STEPS_TRIED = (0.33, 0.85), 320
_BOTH_PLANTED = 0.2
"""Share of a step in which both feet are on the ground."""
_SHIN = 0.8
"""How far a shin is from under the hip, as a share of its foot's distance."""
_WIDE = 0.05
"""Half the width of a shin, in heights."""
_LEAST_FRAMES = 20
"""Frames with legs in sight."""


def leg_gait(profiles: NDArray[np.float64], times_s: NDArray[np.float64], pace: float) -> tuple[Gait, float] | None:
    """The walk whose legs are most like those seen, and the correlation with them in [-1, 1].

    Args:
        profiles: (n, BINS) how much of the shins' band is filled at each place, forwards to the right.
        times_s: (n,) of the frames.
        pace: heights that the walker goes in a second.

    None where too little of the legs is seen, or no step that people take goes with the pace.
    """
    used = profiles.sum(axis=1) > 0.0
    steps_s = np.geomspace(*_STEPS_S, _STEPS_TRIED)
    steps_s = steps_s[(pace * steps_s >= _STRIDE_HEIGHTS[0]) & (pace * steps_s <= _STRIDE_HEIGHTS[1])]
    if used.sum() < _LEAST_FRAMES or not len(steps_s):
        return None
    times, seen = times_s[used], _without_mean(profiles[used])
    length = float(np.sqrt((seen**2).sum()))
    scores = np.array([_likeness(seen, times, _walking_legs(pace * step), step) for step in steps_s]) / max(
        length, 1e-9
    )
    row, column = (int(at) for at in np.unravel_index(int(np.argmax(scores)), scores.shape))
    step_s = float(steps_s[row])
    # The phase lies between moments that are told apart: at the top of a parabola through the best and its neighbours.
    before, best, after = (float(scores[row, (column + turn) % _PHASES]) for turn in (-1, 0, 1))
    bend = before - 2.0 * best + after
    offset = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    phase_s, first_s = (column + 0.5 + offset) / _PHASES * step_s, float(times_s[0])
    return Gait(step_s=step_s, phase_s=first_s + (phase_s - first_s) % step_s), float(scores[row, column])


def _likeness(
    seen: NDArray[np.float64], times_s: NDArray[np.float64], walk: NDArray[np.float64], step_s: float
) -> NDArray[np.float64]:
    """Product of what is seen (n, BINS) and a walk of unit length at each phase, (PHASES,)."""
    fits, energies = seen @ walk.T, (walk**2).sum(axis=1)
    moments = np.floor((times_s / step_s) % 1.0 * _PHASES).astype(np.intp)
    # Frames of one moment of the step are added first; then every phase is a turn of the same table.
    added = np.zeros((_PHASES, _PHASES))
    np.add.at(added, moments, fits)
    counts = np.bincount(moments, minlength=_PHASES).astype(np.float64)
    turns = (np.arange(_PHASES)[:, None] - np.arange(_PHASES)[None, :]) % _PHASES
    likeness = np.take_along_axis(added, turns, axis=1).sum(axis=0)
    return np.asarray(likeness / np.sqrt(np.maximum((counts[:, None] * energies[turns]).sum(axis=0), 1e-9)))


def _without_mean(profiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Profiles (n, BINS) as shares of their sums, less the mean profile."""
    shares = profiles / np.maximum(profiles.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(shares - shares.mean(axis=0), dtype=np.float64)


def _walking_legs(stride: float) -> NDArray[np.float64]:
    """Where the shins are at each moment of a step of `stride` heights, (PHASES, BINS); moment 0 is a footfall."""
    moment = np.arange(_PHASES) / _PHASES
    planted = stride * (0.5 - moment)
    swung = np.clip((moment - _BOTH_PLANTED) / (1.0 - _BOTH_PLANTED), 0.0, 1.0)
    forward = swung * swung * (3.0 - 2.0 * swung)
    other = stride * (-0.5 + 2.0 * forward - moment)
    places = np.linspace(-0.5, 0.5, BINS)
    legs = [np.exp(-0.5 * ((places - _SHIN * at[:, None]) / _WIDE) ** 2) for at in (planted, other)]
    return _without_mean(np.asarray(legs[0] + legs[1]))
