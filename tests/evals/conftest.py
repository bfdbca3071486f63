"""A tiny FilmStereo dataset: bursts of noise before a spaced pair, one clip for each of five azimuths, twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Interval, Room, SourceRecording
from foleydesigner.generator.filmstereo.shards import Clip, shard_bytes, shard_name
from foleydesigner.tools.fractional_delay import read_at
from foleydesigner.tools.panning import SpacedPairLaw

RATE_HZ, SECONDS = 48_000, 1.2
AZIMUTHS_DEG = (-45.0, -15.0, 0.0, 15.0, 45.0)
HITS_S = (0.2, 0.7)
LONG_S = 0.2


def dry(seed: int) -> np.ndarray:
    """Two bursts of noise in silence."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(SECONDS * RATE_HZ))
    for hit_s in HITS_S:
        first = round(hit_s * RATE_HZ)
        sound[first : first + round(LONG_S * RATE_HZ)] = 0.1 * rng.standard_normal(round(LONG_S * RATE_HZ))
    return sound


def spaced(sound: np.ndarray, azimuth_deg: float) -> np.ndarray:
    """The sound before a pair 17 cm apart."""
    late = SpacedPairLaw().delays_s(np.array([azimuth_deg]))[:, 0] * RATE_HZ
    margin = 256
    padded = np.pad(sound, margin)
    at = np.arange(len(sound)) + margin
    return np.stack([read_at(padded, at - shift) for shift in late]).astype(np.float32)


def annotation(number: int, azimuth_deg: float, split: str = "test") -> ClipAnnotation:
    frames = round(SECONDS * 24)
    return ClipAnnotation(
        id=f"clip_{number:06d}",
        split=split,  # type: ignore[arg-type]
        recording=SourceRecording(
            id=f"{number:016x}", collection="procedural", name="noise", title="a burst", author="nobody",
            licence="cc0-1.0", family="impact", kind="impulsive", size="medium", duration_s=SECONDS,
        ),
        seed=number,
        duration_s=SECONDS,
        sample_rate_hz=RATE_HZ,
        signals=("wet", "direct"),
        motion="static",
        microphone_spacing_m=0.17,
        frame_rate=24,
        azimuth_deg=(azimuth_deg,) * frames,
        depth_m=(3.0,) * frames,
        room=Room(
            size_m=(5.0, 6.0, 3.0), rt60_s=0.4, reverb="room", reverb_rt60_s=0.5, reverb_level_db=-12.0,
            reverb_made_by="none",
        ),
        intervals=tuple(Interval(onset_ms=1e3 * h, offset_ms=1e3 * (h + LONG_S)) for h in HITS_S),
        onsets_ms=tuple(1e3 * h for h in HITS_S),
        caption="a burst",
        caption_by="template",
    )  # fmt: skip


@pytest.fixture(scope="session")
def clips() -> list[Clip]:
    made = []
    for number, azimuth_deg in enumerate((*AZIMUTHS_DEG, *AZIMUTHS_DEG)):
        direct = spaced(dry(number), azimuth_deg)
        # An echo 27 ms late from the other side stands for a room.
        wet = direct + 0.3 * np.roll(direct[::-1], 1300, axis=1)
        made.append(Clip(annotation(number, azimuth_deg), {"wet": wet, "direct": direct}))
    return made


@pytest.fixture(scope="session")
def reference(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filmstereo")
    for index in range(2):
        (folder / shard_name(index)).write_bytes(shard_bytes(clips[5 * index : 5 * index + 5]))
    return folder
