"""Shots, found in the same pass that decodes: PySceneDetect proposes, a look at the picture's structure disposes.

The content detector (mean change of hue, saturation and luma) answers to cuts, but also to lightning, muzzle flashes
and whip pans. A change is a cut when, besides, the new picture is built differently from the old one and the change
stands out from the movement just before. Both tests look back only, so whoever follows motion is told at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Shot

if TYPE_CHECKING:
    from scenedetect.detectors.content_detector import ContentDetector

_CONTENT_WIDTH_PX = 160
_STRUCTURE_SIZE_PX = (48, 27)
_KEENNESS = 0.5
"""The content detector runs at this share of the threshold, since the structure test removes what it finds too much."""
_KIN = 0.35
"""Likeness from which two pictures are the same scene. Cuts lie under 0.25, movement and flashes over 0.6."""
_SPIKE = 2.0
"""How many times the recent change a cut must be."""
_RECENT_FRAMES = 4
_REBUILT, _REBUILT_STILL = 0.35, 0.5
"""A cut between two places laid out alike: their outlines differ (correlation of gradients under this), though those of
successive frames agreed before. Where a picture stood still, and moves more only by chance, they may be more alike."""
_LEVELS, _BURST, _BURST_STILL = 5.0, 8.0, 16.0
"""The change that such a cut is, of 255, and how many times the recent one it has to be: a start is less."""
_STEADY = 0.8
_BOTH_WAYS = 0.15
"""A cut darkens some places and lights others; a flash only lights. Lesser over greater sum of change."""
_KEPT = 0.6
"""Share of the strong outlines that outlast any light that goes on or off; a cut that only lights keeps fewer."""
_STRONG = 0.2
"""Share of the picture that its strong outlines are."""
_UNCHANGED, _BLACK = 0.4, 20
"""Share of the picture that stays as it was, to a level, where something only moves before it; what is under the luma
of black bars in both pictures does not count."""
_BLEACHED_MEAN, _BLEACHED_SPREAD = 200.0, 12.0
"""8-bit luma mean above and standard deviation below which a picture is a white-out, which says nothing of cuts."""
_INTRUSION_S = 0.15
"""A picture that gives way to the one before it within this time is a flash or a glitch, not a shot."""


@dataclass(frozen=True, slots=True)
class Structure:
    """How a picture is built, whatever its exposure: small luma, its rank picture, and gradients of log luma."""

    luma: NDArray[np.uint8]
    ranks: NDArray[np.float32]
    gradients: NDArray[np.float32]

    @property
    def bleached(self) -> bool:
        """True for a white-out."""
        return float(self.luma.mean()) > _BLEACHED_MEAN and float(self.luma.std()) < _BLEACHED_SPREAD


def structure(rgb: NDArray[np.uint8]) -> Structure:
    """Structure of a picture of shape (h, w, 3), uint8."""
    import cv2

    luma = cast(
        "NDArray[np.uint8]",
        cv2.cvtColor(cv2.resize(rgb, _STRUCTURE_SIZE_PX, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY),
    )
    log_luma = np.log1p(luma.astype(np.float32))
    gradients = np.stack([cv2.Sobel(log_luma, cv2.CV_32F, 1, 0), cv2.Sobel(log_luma, cv2.CV_32F, 0, 1)])
    return Structure(luma, cv2.equalizeHist(luma).astype(np.float32), gradients.astype(np.float32))


def likeness(first: Structure, second: Structure) -> float:
    """How alike two pictures are built, in [−1, 1]: the better of two zero-mean normalised cross-correlations.

    Ranks survive any change of exposure; gradients of log luma survive a light that falls on part of the picture.
    """
    return max(_correlation(first.ranks, second.ranks), _correlation(first.gradients, second.gradients))


@dataclass(frozen=True, slots=True)
class _Cut:
    frame: int
    time_s: float


class ShotDetector:
    """Push every frame in order, then finish once.

    Args:
        threshold: PySceneDetect's content threshold (27 is its default), mean change of an 8-bit HSV channel.
    """

    def __init__(self, threshold: float = 27.0) -> None:
        self._threshold = threshold
        self._content: ContentDetector | None = None
        self._last: Structure | None = None
        self._before_white: Structure | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT_FRAMES)
        self._steady = False
        self._cuts: list[_Cut] = []
        self._before_cut: Structure | None = None

    def push(self, frame: int, time_s: float, rgb: NDArray[np.uint8]) -> bool:
        """True when this picture, of shape (h, w, 3), does not continue the one before it.

        A foreign picture of a few frames makes two such breaks, of which `finish` counts neither as a cut.
        """
        proposed = self._propose(frame, rgb)
        now, last = structure(rgb), self._last
        self._last = now
        if last is None:
            return False
        if now.bleached:
            self._before_white = self._before_white or last
            return False
        change = float(np.abs(now.luma.astype(np.int16) - last.luma).mean())
        likest = likeness(now, last)
        shown = last if self._before_white is None else self._before_white
        if shown is not last:
            likest, self._before_white = max(likest, likeness(now, shown)), None
        recent = float(np.mean(self._recent)) if self._recent else 1.0
        usual = max(1.0, recent)
        outlines = _correlation(now.gradients, last.gradients)
        rebuilt = self._steady and _elsewhere(now, shown, recent)
        self._steady = outlines >= _STEADY
        if not rebuilt and not (proposed and likest < _KIN and change >= _SPIKE * usual):
            self._recent.append(change)
            return False
        self._recent.clear()
        self._cut(frame, time_s, now, last)
        return True

    def finish(self, frame_count: int, duration_s: float) -> tuple[Shot, ...]:
        """The shots of `frame_count` frames (at least 1) lasting `duration_s`, without gaps, `shot_001` onwards."""
        starts = [_Cut(0, 0.0), *self._cuts]
        ends = [*self._cuts, _Cut(frame_count, duration_s)]
        return tuple(
            Shot(
                id=f"shot_{number:03d}",
                start_frame=start.frame,
                end_frame=end.frame,
                start_s=start.time_s,
                end_s=end.time_s,
            )
            for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
        )

    def _cut(self, frame: int, time_s: float, now: Structure, last: Structure) -> None:
        returned = (
            self._before_cut is not None
            and time_s - self._cuts[-1].time_s <= _INTRUSION_S
            and likeness(now, self._before_cut) >= 1.0 - _KIN
        )
        if returned:
            self._cuts.pop()
            self._before_cut = None
            return
        self._cuts.append(_Cut(frame, time_s))
        self._before_cut = last

    def _propose(self, frame: int, rgb: NDArray[np.uint8]) -> bool:
        import cv2
        from scenedetect.common import FrameTimecode
        from scenedetect.detectors.content_detector import ContentDetector

        if self._content is None:
            self._content = ContentDetector(threshold=_KEENNESS * self._threshold, min_scene_len=0)
        height_px, width_px = rgb.shape[:2]
        small_px = (_CONTENT_WIDTH_PX, max(1, round(_CONTENT_WIDTH_PX * height_px / width_px)))
        bgr = cv2.cvtColor(cv2.resize(rgb, small_px, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
        # The rate is a formality: with no minimum length only the order of frames counts.
        return bool(self._content.process_frame(FrameTimecode(frame, 25.0), bgr))


def _elsewhere(now: Structure, last: Structure, recent: float) -> bool:
    """True for a great sudden change of the whole picture to outlines that no light makes.

    Args:
        now: the picture.
        last: the one before.
        recent: mean difference of luma between pictures until then, of 255.
    """
    difference = now.luma.astype(np.float64) - last.luma
    change = float(np.abs(difference).mean())
    if change < max(_LEVELS, _BURST * recent):
        return False
    # From a still picture the same change is more of a burst, and the outlines may be more alike.
    still = change >= _BURST_STILL * recent
    sudden = _correlation(now.gradients, last.gradients) < (_REBUILT_STILL if still else _REBUILT)
    shown = np.maximum(now.luma, last.luma) > _BLACK
    if not sudden or not shown.any() or float(np.mean(np.abs(difference[shown]) <= 1.0)) > _UNCHANGED:
        return False
    lit, darkened = float(difference[difference > 0].sum()), -float(difference[difference < 0].sum())
    both = min(lit, darkened) >= _BOTH_WAYS * max(lit, darkened)
    return both or max(_kept(last, now), _kept(now, last)) < _KEPT


def _kept(first: Structure, second: Structure) -> float:
    """How much of the strong outlines of one picture is in another, in [-1, 1]: mean cosine of their directions.

    What a light adds stands beside the outlines that were there, and takes none away; weak ones may drown in it.
    """
    size, other = np.hypot(*first.gradients), np.hypot(*second.gradients)
    strong = size >= np.quantile(size, 1.0 - _STRONG)
    along = np.sum(first.gradients * second.gradients, axis=0) / (other + 1e-3)
    return float(along[strong].sum()) / (float(size[strong].sum()) + 1e-9)


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Zero-mean normalised cross-correlation of two arrays of one shape; 1 when neither has any structure."""
    a, b = first - first.mean(), second - second.mean()
    energy_a, energy_b = float(np.sum(a * a)), float(np.sum(b * b))
    if energy_a < 1e-6 and energy_b < 1e-6:
        return 1.0
    return float(np.sum(a * b)) / float(np.sqrt(energy_a * energy_b) + 1e-9)
