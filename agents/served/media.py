"""Pictures and sounds for models: keyframes in the size that a model takes, contact sheets, takes as short WAVs."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.served.brief import Picture, Sound
from foleydesigner.agents.served.endpoints import Traits
from foleydesigner.evidence import PictureEvidence, Shot
from foleydesigner.job import JobFolder

_JPEG_QUALITY = 85
_SOUND_RATE_HZ = 16000
"""What audio-language models hear at."""
_LABEL_PX = 18


@dataclass(frozen=True, slots=True)
class KeyframeFile:
    """A keyframe on disk."""

    shot_id: str
    frame: int
    time_s: float
    path: Path

    @property
    def caption(self) -> str:
        """Which picture it is."""
        return f"{self.shot_id}, frame {self.frame}, {self.time_s:.3f} s"


def keyframes_of(job: JobFolder, evidence: PictureEvidence, shots: Sequence[Shot]) -> list[KeyframeFile]:
    """The keyframes of some shots, in order of time."""
    rate = float(evidence.clip.frame_rate)
    times_s = np.load(job.frame_times, mmap_mode="r", allow_pickle=False) if job.frame_times.exists() else None
    found = []
    for shot in shots:
        for path in sorted(job.keyframes.glob(f"{shot.id}_[0-9]*.jpg")):
            frame = int(path.stem.rpartition("_")[2])
            time_s = float(times_s[frame]) if times_s is not None and frame < len(times_s) else frame / rate
            found.append(KeyframeFile(shot.id, frame, time_s, path))
    return found


def pictures_of(files: Sequence[KeyframeFile], traits: Traits) -> tuple[Picture, ...]:
    """One picture a keyframe; where they are too many, contact sheets, each labelled with frame and time."""
    kept = [(file, rgb) for file in files if (rgb := _read(file.path)) is not None]
    if len(kept) <= traits.most_images:
        return tuple(picture(f"{f.shot_id}_{f.frame}", f.caption, rgb, traits) for f, rgb in kept)
    each = math.ceil(len(kept) / traits.most_images)
    groups = [kept[start : start + each] for start in range(0, len(kept), each)]
    return tuple(
        picture(
            f"sheet_{number}",
            "contact sheet, row by row: " + "; ".join(f.caption for f, _ in group),
            contact_sheet([rgb for _, rgb in group], [f"{f.frame} {f.time_s:.2f}s" for f, _ in group]),
            traits,
        )
        for number, group in enumerate(groups)
    )


def picture(name: str, caption: str, rgb: NDArray[np.uint8], traits: Traits) -> Picture:
    """An image (h, w, 3) in the size that a model takes without resizing it again."""
    import cv2

    height, width = rgb.shape[:2]
    scale, step = traits.image_side_px / max(height, width), traits.side_multiple_px
    size = tuple(max(step, 8, round(side * scale / step) * step) for side in (width, height))
    resized = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC)
    _, encoded = cv2.imencode(".jpg", resized[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return Picture(name, f"{caption} ({size[0]} x {size[1]} pixels)", size[0], size[1], bytes(encoded.tobytes()))


def picture_file(path: Path, caption: str, traits: Traits) -> Picture | None:
    """A picture on disk; None where there is none."""
    rgb = _read(path)
    return None if rgb is None else picture(path.stem, caption, rgb, traits)


def contact_sheet(pictures: Sequence[NDArray[np.uint8]], labels: Sequence[str]) -> NDArray[np.uint8]:
    """Pictures (h, w, 3) side by side in rows of at most three, each under its label."""
    import cv2

    columns = min(3, len(pictures))
    width = max(96, 960 // columns)
    height = round(width * max(p.shape[0] / p.shape[1] for p in pictures))
    rows = math.ceil(len(pictures) / columns)
    sheet = np.zeros((rows * (height + _LABEL_PX), columns * width, 3), np.uint8)
    for number, (rgb, label) in enumerate(zip(pictures, labels, strict=True)):
        top, left = (number // columns) * (height + _LABEL_PX), (number % columns) * width
        scale = min(width / rgb.shape[1], height / rgb.shape[0])
        small = cv2.resize(
            rgb, (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)), interpolation=cv2.INTER_AREA
        )
        sheet[top + _LABEL_PX : top + _LABEL_PX + small.shape[0], left : left + small.shape[1]] = small
        cv2.putText(sheet, label, (left + 4, top + 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return sheet


def sound_file(path: Path, caption: str, traits: Traits) -> Sound | None:
    """The beginning of a sound on disk as a mono WAV at 16 kHz, 16 bit; None where there is none."""
    import soundfile
    import soxr

    if not path.exists():
        return None
    with soundfile.SoundFile(path) as source:
        samples = source.read(int(traits.audio_s * source.samplerate), dtype="float32", always_2d=True)
        rate_hz = source.samplerate
    mono = soxr.resample(samples.mean(axis=1), rate_hz, _SOUND_RATE_HZ)
    peak = float(np.abs(mono).max(initial=0.0))
    if peak > 0.0:
        mono = mono * (0.5 / peak)  # how loud a take is says nothing of what it is
    wav = io.BytesIO()
    soundfile.write(wav, mono, _SOUND_RATE_HZ, format="WAV", subtype="PCM_16")
    return Sound(path.stem, caption, len(mono) / _SOUND_RATE_HZ, wav.getvalue())


def _read(path: Path) -> NDArray[np.uint8] | None:
    import cv2

    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if bgr is None else np.ascontiguousarray(np.asarray(bgr, np.uint8)[:, :, ::-1])
