"""A learned video-onset detector behind the interface of motion analysis.

A small (2+1)D residual network (Tran et al., A Closer Look at Spatiotemporal Convolutions, 2018) with a temporal head,
one logit a frame, as onset networks for Foley use (Du et al., Conditional Generation of Audio from Video via Foley
Analogies, 2023). A checkpoint is a folder with `config.json` and `model.safetensors`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.evidence import Impact
from foleydesigner.model import Model

if TYPE_CHECKING:
    from foleydesigner.tools.motion import MotionResult


class OnsetNetworkConfig(Model):
    """All that the network's shape follows from; `config.json` of a checkpoint."""

    picture_px: int = Field(default=112, ge=16, le=512)
    """Side of the square picture that the network sees."""
    channels: tuple[int, ...] = Field(default=(16, 32, 64), min_length=1, max_length=6)
    """Channels of each residual stage; every stage halves the picture."""
    temporal_channels: int = Field(default=64, ge=4, le=1024)
    window_frames: int = Field(default=64, ge=8, le=512)
    """Frames that are judged in one go."""
    margin_frames: int = Field(default=8, ge=0, le=64)
    """Frames at either end of a window that are judged only for their neighbours."""
    threshold: float = Field(default=0.5, gt=0.0, lt=1.0)
    gap_s: float = Field(default=0.08, gt=0.0, le=2.0)
    """Least time between two onsets, seconds."""


@dataclass(frozen=True)
class OnsetNetwork:
    """A loaded network: name, configuration and torch module."""

    name: str
    config: OnsetNetworkConfig
    module: Any

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Onset probability of each picture: (n, s, s, 3) uint8 to (n,) float32."""
        import torch

        clip = torch.from_numpy(np.ascontiguousarray(pictures)).permute(3, 0, 1, 2).float()  # (3, n, s, s)
        with torch.inference_mode():
            logits = self.module(clip[None] / 127.5 - 1.0)  # (1, n)
        return np.asarray(torch.sigmoid(logits)[0].numpy(), dtype=np.float32)


def load_onset_network(folder: Path) -> OnsetNetwork:
    """Load `config.json` and `model.safetensors` from a folder.

    Raises:
        MissingExtraError: torch or safetensors is not installed.
        CheckpointError: a file is missing, unreadable, or of another shape.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from foleydesigner.tools.learned_onset_network import build_network
    except ImportError as error:
        raise MissingExtraError(
            f"learned onsets need {error.name or 'torch and safetensors'}",
            "the optional packages of the dit extra",
            "install foleydesigner[dit], or leave onset_model unset",
        ) from error
    try:
        config = OnsetNetworkConfig.model_validate(json.loads((folder / "config.json").read_text("utf-8")))
        module = build_network(config)
        module.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
    except ValidationError as error:
        raise _unusable(folder, f"config.json: {error.errors()[0]['msg']}") from error
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise _unusable(folder, (str(error).splitlines() or [type(error).__name__])[0][:200]) from error
    return OnsetNetwork(f"learned-onsets/1 ({folder.name})", config, module.eval())


class OnsetListener:
    """Push every frame in order; windows are judged as they fill, so memory does not grow with the film."""

    def __init__(self, network: OnsetNetwork) -> None:
        self.name = network.name
        self._network = network
        self._window: list[NDArray[np.uint8]] = []
        self._found: list[NDArray[np.float32]] = []
        self._started = False

    def push(self, rgb: NDArray[np.uint8]) -> None:
        """Take the next frame, (h, w, 3) uint8."""
        import cv2

        side_px = self._network.config.picture_px
        self._window.append(np.asarray(cv2.resize(rgb, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8))
        if len(self._window) >= self._network.config.window_frames + 2 * self._network.config.margin_frames:
            self._judge(last=False)

    def curve(self) -> NDArray[np.float32]:
        """Onset probability of every frame so far, (n,) float32; ends the listening."""
        if self._window:
            self._judge(last=True)
        return np.concatenate(self._found) if self._found else np.zeros(0, np.float32)

    def impacts(self, times_s: NDArray[np.float64], motion: MotionResult) -> tuple[Impact, ...]:
        """Impacts at the curve's peaks, placed where motion analysis saw an impact or a track then, else in the middle.

        Args:
            times_s: of every frame, (n,).
            motion: of the same clip.
        """
        curve = self.curve()
        config = self._network.config
        peaks = refined_peaks(curve, times_s[: curve.size], config.threshold, config.gap_s)
        strongest = max((height for _, height in peaks), default=1.0)
        found = []
        for number, (time_s, height) in enumerate(peaks, start=1):
            x, y, track_id = _place(time_s, motion)
            found.append(
                Impact(
                    id=f"impact_{number}",
                    time_s=round(time_s, 6),
                    strength=round(min(1.0, height / strongest), 6),
                    x=x,
                    y=y,
                    track_id=track_id,
                    kind="activity",
                )
            )
        return tuple(found)

    def _judge(self, *, last: bool) -> None:
        """Judge the window; keep its last margins as the context of the next."""
        margin = self._network.config.margin_frames
        probabilities = self._network.probabilities(np.stack(self._window))
        begin = margin if self._started else 0
        end = len(self._window) if last else len(self._window) - margin
        self._found.append(probabilities[begin:end])
        self._window = [] if last else self._window[len(self._window) - 2 * margin :]
        self._started = True


def refined_peaks(
    curve: NDArray[np.float32], times_s: NDArray[np.float64], threshold: float, gap_s: float
) -> list[tuple[float, float]]:
    """(time in seconds, height) of each peak of a curve of shape (n,), ascending in time.

    A peak is a local maximum at or above `threshold`; of two closer than `gap_s` the higher stays. The time is that of
    the vertex of the parabola through the peak and its neighbours, at most half a frame away.
    """
    if curve.size == 0:
        return []
    padded = np.concatenate([[-np.inf], curve, [-np.inf]])
    tops = np.flatnonzero((curve > padded[:-2]) & (curve >= padded[2:]) & (curve >= threshold))
    kept: list[int] = []
    for top in tops[np.argsort(-curve[tops], kind="stable")]:
        if all(abs(times_s[top] - times_s[other]) >= gap_s for other in kept):
            kept.append(int(top))
    frames = np.arange(curve.size, dtype=np.float64)
    peaks = []
    for top in sorted(kept):
        offset = 0.0
        if 0 < top < curve.size - 1:
            before, at, after = (float(curve[top + step]) for step in (-1, 0, 1))
            bend = before - 2.0 * at + after
            offset = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
        peaks.append((float(np.interp(top + offset, frames, times_s)), float(curve[top])))
    return peaks


def _place(time_s: float, motion: MotionResult) -> tuple[float, float, str | None]:
    """Where the thing that sounds at `time_s` is: share of width and height, and its track."""
    near = [impact for impact in motion.impacts if abs(impact.time_s - time_s) <= 0.1]
    if near:
        impact = min(near, key=lambda candidate: abs(candidate.time_s - time_s))
        return impact.x, impact.y, impact.track_id
    points = [
        (point.speed, track.id, point)
        for track in motion.tracks
        if track.start_s <= time_s <= track.end_s
        for point in [min(track.points, key=lambda candidate: abs(candidate.time_s - time_s))]
    ]
    if not points:
        return 0.5, 0.5, None
    _, track_id, point = max(points, key=lambda candidate: candidate[:2])
    x, y = point.box.centre
    return x, y, track_id


def _unusable(folder: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"the onset checkpoint {folder}: {why}",
        "a folder with config.json and model.safetensors of this network",
        "pass another folder, or leave onset_model unset",
    )
