"""Depth Anything V2 (Yang et al., 2024) behind the interface of ground-contact depth.

Metric checkpoints (Hypersim for interiors, Virtual KITTI for exteriors) give metres. Relative ones give inverse depth
up to an unknown scale: it is inverted and brought to metres by the tracks' own ground contact.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.evidence import Box, Track
from foleydesigner.tools.depth import with_depths
from foleydesigner.tools.geometry import FARTHEST_M, NEAREST_M

Size = Literal["Small", "Base", "Large"]

_REACH = 1e-3
"""Least inverse depth, as a share of the map's largest, so that the sky is far and not infinite."""


def hub_name(interior: bool, size: Size = "Small") -> str:
    """Hub name of the metric checkpoint for an interior or exterior scene (INT. / EXT. of its heading)."""
    return f"depth-anything/Depth-Anything-V2-Metric-{'Indoor' if interior else 'Outdoor'}-{size}-hf"


class Picture(Protocol):
    """A keyframe, in memory or on disk."""

    @property
    def frame(self) -> int:
        """Its number in the film."""

    def rgb(self) -> NDArray[np.uint8]:
        """(h, w, 3), uint8."""


@dataclass(frozen=True)
class DepthNetwork:
    """A loaded network: its name, whether it speaks in metres, the image processor and the torch module."""

    name: str
    metric: bool
    processor: Any
    module: Any

    def depth_map(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Depth of every pixel of a picture (h, w, 3), float32 (h, w): metres, or relative units when not metric."""
        import torch

        inputs = self.processor(images=np.ascontiguousarray(rgb), return_tensors="pt")
        with torch.inference_mode():
            predicted = self.module(**inputs).predicted_depth  # (1, h', w')
            whole = torch.nn.functional.interpolate(
                predicted[:, None].float(), size=rgb.shape[:2], mode="bilinear", align_corners=False
            )[0, 0]  # (h, w)
        found = cast("NDArray[np.float32]", whole.cpu().numpy().astype(np.float32))
        return found if self.metric else inverted(found)


def inverted(inverse_depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Relative depth of an inverse-depth map (larger = nearer), positive, up to one scale; same shape."""
    top = max(float(np.nanmax(inverse_depth)), 1e-6)
    clean = np.nan_to_num(inverse_depth, nan=0.0)
    return np.asarray(top / np.maximum(clean, _REACH * top), dtype=np.float32)


def mean_depth(depths: NDArray[np.float32], box: Box) -> float:
    """Mean depth inside a box (paper 3.2) of a map of shape (h, w), in its own units; at least one pixel is read."""
    height_px, width_px = depths.shape
    x1, y1 = min(int(box.x1 * width_px), width_px - 1), min(int(box.y1 * height_px), height_px - 1)
    x2, y2 = max(x1 + 1, round(box.x2 * width_px)), max(y1 + 1, round(box.y2 * height_px))
    return float(depths[y1:y2, x1:x2].mean())


def load_depth_network(name: str) -> DepthNetwork:
    """Load a checkpoint from a local folder or by its hub name; safetensors only, no remote code.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        CheckpointError: there is none, or it is no depth checkpoint.
    """
    try:
        import torch  # noqa: F401
        from transformers import AutoImageProcessor, AutoModelForDepthEstimation
    except ImportError as error:
        raise _missing(name, error.name or "torch and transformers") from error
    local = Path(name)
    if local.is_dir():
        _check_folder(local)
    elif local.is_absolute() or name.startswith("."):
        raise _unusable(name, "is not a folder")
    try:
        processor = AutoImageProcessor.from_pretrained(name, trust_remote_code=False)
        module = AutoModelForDepthEstimation.from_pretrained(name, trust_remote_code=False, use_safetensors=True)
    except ImportError as error:  # transformers looks for an imaging library only here
        raise _missing(name, "pillow or torchvision") from error
    # transformers raises many kinds for broken files; each means the same to the person
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise _unusable(name, (str(error).splitlines() or [type(error).__name__])[0][:200]) from error
    except Exception as error:
        if type(error).__module__.split(".")[0] not in {"safetensors_rust", "safetensors", "huggingface_hub"}:
            raise
        raise _unusable(name, (str(error).splitlines() or [type(error).__name__])[0][:200]) from error
    metric = getattr(module.config, "depth_estimation_type", "relative") == "metric"
    return DepthNetwork(name, metric, processor, module.eval())


def anchored_tracks(
    tracks: Sequence[Track],
    keyframes: Sequence[Picture],
    network: DepthNetwork,
    assumptions: Sequence[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[tuple[Track, ...], tuple[str, ...], str]:
    """Tracks whose depth follows the network at the keyframes and ground contact between them.

    At each keyframe inside a track, the ratio of learned to ground-contact depth is read; between keyframes its
    logarithm is interpolated. A relative network's own scale is the median ratio over all the readings, which anchors
    it to metres.

    Args:
        tracks: with `depth_m` at every point.
        keyframes: pictures of the same clip.
        network: as loaded.
        assumptions: those of ground contact, in words.
        progress: told of keyframes (done, total).

    Returns:
        tracks, assumptions in words, and the estimator's name for the evidence.
    """
    readings = _readings(tracks, keyframes, network, progress)
    scale = 0.0
    if not network.metric:
        every = [ratio for pairs in readings.values() for _, ratio in pairs]
        scale = float(np.median(every)) if every else 0.0
    measured = []
    for track in tracks:
        pairs = [(frame, ratio - scale) for frame, ratio in readings.get(track.id, [])]
        measured.append(_scaled(track, pairs) if pairs else track)
    kind = "in metres" if network.metric else "relative, brought to metres by ground contact"
    words = f"Depth inside each box is the mean of {network.name} ({kind}) at the keyframes; ground contact in between."
    label = f"depth-anything-v2-{'metric' if network.metric else 'relative'}/1"
    return tuple(measured), (words[:400], *assumptions), label


def _readings(
    tracks: Sequence[Track], keyframes: Sequence[Picture], network: DepthNetwork, progress: Callable[[int, int], None]
) -> dict[str, list[tuple[int, float]]]:
    """By track: (frame, log of learned over ground-contact depth) at each keyframe inside it."""
    readings: dict[str, list[tuple[int, float]]] = {}
    for done, keyframe in enumerate(keyframes):
        progress(done, len(keyframes))
        seen = [(t, p) for t in tracks for p in t.points if p.frame == keyframe.frame and p.depth_m is not None]
        if not seen:
            continue
        depths = network.depth_map(keyframe.rgb())
        for track, point in seen:
            learned = mean_depth(depths, point.box)
            if np.isfinite(learned) and learned > 0.0 and point.depth_m is not None:
                ratio = float(np.log(learned) - np.log(point.depth_m))
                readings.setdefault(track.id, []).append((keyframe.frame, ratio))
    return readings


def _scaled(track: Track, pairs: list[tuple[int, float]]) -> Track:
    frames = np.array([point.frame for point in track.points], dtype=np.float64)
    ratios = np.interp(frames, [frame for frame, _ in pairs], [ratio for _, ratio in pairs])
    depths = np.array([point.depth_m for point in track.points], dtype=np.float64) * np.exp(ratios)
    return with_depths(track, np.clip(depths, NEAREST_M, FARTHEST_M))


def _check_folder(folder: Path) -> None:
    config = folder / "config.json"
    try:
        model_type = json.loads(config.read_text("utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise _unusable(str(folder), "has no readable config.json") from error
    if not any(folder.glob("*.safetensors")):
        raise _unusable(str(folder), f"holds no safetensors weights (its model_type is {model_type!r})")


def _missing(name: str, package: str) -> MissingExtraError:
    return MissingExtraError(
        f"depth by {name} needs {package}",
        "the optional packages of the dit extra",
        "install foleydesigner[dit], or leave depth_model unset",
    )


def _unusable(name: str, why: str) -> CheckpointError:
    return CheckpointError(
        f"the depth checkpoint {name}: {why}",
        "a Depth Anything V2 checkpoint in transformers' layout, with model.safetensors",
        f"pass its folder, or a hub name such as {hub_name(interior=True)}",
    )
