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

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.flow import CellMotion

TILE_CELLS = 5
DIRECTIONS = 8
MIN_GAP_S = 0.1
LATENCY = 2
"""Frames by which cues lag behind the picture."""
WEAKEST = 0.1
"""Impacts under this share of the clip's strongest are left out."""

CUES = ("stop", "turn", "down", "start", "energy", "back", "u", "v", "x", "y")
"""What is kept of each source (the picture, a track) for each frame, in this order."""

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
_REPEATED = 0.1
"""Movement of the whole picture over that of its neighbours in time, below which a frame was shown twice."""
_POP = 4.0
"""Movement in a tile over the most that moves around it a frame before or after."""

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


class ImpactReader:
    """Turns the motion of successive frames into cues; keeps three frames' tiles."""

    def __init__(self) -> None:
        self._recent: list[NDArray[np.float32]] = []
        self._after: NDArray[np.float32] | None = None
        self._maps: NDArray[np.float32] | None = None

    def push(self, motion: CellMotion, *, cut: bool) -> None:
        """Take one frame. `read` then speaks of the moment of the frame `LATENCY` before it."""
        self._maps = None
        if cut:
            self._recent.clear()
            self._after = None
            return
        self._recent.append(tiles(np.concatenate([motion.change[..., None], _directogram(motion)], axis=-1)))
        if len(self._recent) < 3:
            return
        before = self._after
        steady = _without_tears(*self._recent)
        self._after = after = np.asarray(cv2.blur(steady, (3, 3), borderType=cv2.BORDER_CONSTANT), dtype=np.float32)
        self._recent.pop(0)
        if before is not None:
            self._maps = _cue_maps(before, after)

    def read(self, box: tuple[float, float, float, float] | None) -> NDArray[np.float32]:
        """`CUES` of the frame `LATENCY` back inside `box` (cells; None = the picture). Nil where a cut lies between."""
        if self._maps is None:
            return np.zeros(len(CUES), dtype=np.float32)
        rows, columns = _tile_window(box, (self._maps.shape[0], self._maps.shape[1]))
        inside = self._maps[rows, columns]
        y, x = np.mgrid[rows, columns]
        weight = inside[..., 0] + inside[..., 1] + 1e-9
        weight /= weight.sum()
        place = [((x + 0.5) * weight).sum() * TILE_CELLS, ((y + 0.5) * weight).sum() * TILE_CELLS]
        return np.concatenate([inside.sum(axis=(0, 1)), place]).astype(np.float32)


def _cue_maps(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cues of `CUES` but the place, a tile: `(h, w, 8)`.

    Movement is lost only where none of its kind goes on in the tiles around: what passes on has not stopped.
    """
    around = np.ones((3, 3), np.uint8)
    lost = np.maximum(before - cv2.dilate(after, around), 0.0)
    gained = np.maximum(after - cv2.dilate(before, around), 0.0)
    change, moves, next_moves = before[..., 0], before[..., 1:], after[..., 1:]
    down = change * _down_share(moves)
    next_down = cv2.dilate(after[..., 0] * _down_share(next_moves), around)
    turned = gained[..., 1:] @ np.maximum(-_UNIT @ _UNIT.T, 0.0)
    turned = (turned * moves).sum(axis=-1) / (moves.sum(axis=-1) + 1e-6)
    flow = next_moves @ _UNIT
    return np.stack(
        [
            lost[..., 0],
            lost[..., 1:].sum(axis=-1),
            np.maximum(down - next_down, 0.0),
            gained.sum(axis=-1),
            after.sum(axis=-1),
            turned,
            flow[..., 0],
            flow[..., 1],
        ],
        axis=-1,
    )


def _without_tears(
    before: NDArray[np.float32], tile: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Tiles held between their neighbours in time.

    A repeated frame makes everything stand still for one period, and a caption that pops up makes much movement for
    one:
    neither is an event of the scene. Things that truly move are moving close by in the frame before or after.
    """
    least = min(float(before.sum()), float(after.sum()))
    repeated = float(tile.sum()) < _REPEATED * least
    floor = (1.0 if repeated else 0.5) * np.minimum(before, after)
    around = cv2.dilate(np.maximum(before, after).max(axis=-1), np.ones((5, 5), np.uint8))
    return np.clip(tile, floor, np.maximum(_POP * around[..., None], floor))


_ANGLES = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
_UNIT = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]).astype(np.float32)


def _directogram(motion: CellMotion) -> NDArray[np.float32]:
    """Flow length of each cell shared between its two nearest directions, `(h, w, 8)`; y points down."""
    u, v = (np.where(motion.change > 0.0, motion.residual_px[..., i], 0.0) for i in (0, 1))
    turn = (np.arctan2(v, u) / (2 * np.pi) * DIRECTIONS) % DIRECTIONS
    distance = np.abs(turn[..., None] - np.arange(DIRECTIONS))
    share = np.maximum(0.0, 1.0 - np.minimum(distance, DIRECTIONS - distance))
    return np.asarray(np.hypot(u, v)[..., None] * share, dtype=np.float32)


def _down_share(moves: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each tile's movement that points down, in [0, 1]."""
    net = np.maximum(moves @ _UNIT[:, 1], 0.0)
    return np.asarray(net / (moves.sum(axis=-1) + 0.05), dtype=np.float32)


def tiles(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over tiles of 5 × 5 cells, `(h, w, c)` → `(⌈h/5⌉, ⌈w/5⌉, c)`; the picture's edge is padded with nothing."""
    height, width, depth = cells.shape
    rows, columns = -(-height // TILE_CELLS), -(-width // TILE_CELLS)
    padded = np.zeros((rows * TILE_CELLS, columns * TILE_CELLS, depth), dtype=np.float32)
    padded[:height, :width] = cells
    blocks = padded.reshape(rows, TILE_CELLS, columns, TILE_CELLS, depth)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def _tile_window(box: tuple[float, float, float, float] | None, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Tiles that a box touches, at least one."""
    if box is None:
        return slice(0, shape[0]), slice(0, shape[1])
    x1, y1, x2, y2 = (edge / TILE_CELLS for edge in box)
    left, top = int(np.clip(x1, 0, shape[1] - 1)), int(np.clip(y1, 0, shape[0] - 1))
    right, bottom = int(np.clip(np.ceil(x2), left + 1, shape[1])), int(np.clip(np.ceil(y2), top + 1, shape[0]))
    return slice(top, bottom), slice(left, right)


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
