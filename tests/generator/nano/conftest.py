"""A dataset of bursts before a pair of microphones, in the files of FilmStereo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.files import write_json
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Interval, SourceRecording
from foleydesigner.generator.filmstereo.building import RECIPE, Built
from foleydesigner.generator.filmstereo.dealing import split_of
from foleydesigner.generator.filmstereo.recipe import Recipe
from foleydesigner.generator.filmstereo.recordings import AUDIO, MANIFEST, RECORDINGS, write_lines
from foleydesigner.generator.filmstereo.shards import Clip, shard_bytes, shard_name
from foleydesigner.tools.fractional_delay import read_at
from foleydesigner.tools.panning import SpacedPairLaw

RATE_HZ, SECONDS, BURST_S = 48_000, 1.2, 0.3
SOUNDS = 20


def burst(seed: int) -> np.ndarray:
    """Noise that dies away, (samples,)."""
    times = np.arange(round(BURST_S * RATE_HZ)) / RATE_HZ
    return 0.2 * np.random.default_rng(seed).standard_normal(times.size) * np.exp(-times / 0.1)


def recording(number: int) -> SourceRecording:
    return SourceRecording(
        id=f"{number:016x}", collection="folder:test", name=f"{number}.wav", title=f"burst {number}", author="nobody",
        licence="cc0-1.0", family="impact", kind="impulsive", size="medium", duration_s=BURST_S,
    )  # fmt: skip


def clip(number: int, split: str, azimuth_deg: float) -> Clip:
    sound = np.zeros(round(SECONDS * RATE_HZ) + 512)
    for hit_s in (0.2, 0.7):
        first = 256 + round(hit_s * RATE_HZ)
        sound[first : first + round(BURST_S * RATE_HZ)] += burst(number)
    late = SpacedPairLaw().delays_s(np.array([azimuth_deg]))[:, 0] * RATE_HZ
    at = np.arange(round(SECONDS * RATE_HZ)) + 256
    frames = round(SECONDS * 25)
    said = ClipAnnotation(
        id=f"clip_{number:06d}", split=split, recording=recording(number), seed=number, duration_s=SECONDS,  # type: ignore[arg-type]
        sample_rate_hz=RATE_HZ, signals=("direct",), motion="static", microphone_spacing_m=0.17, frame_rate=25,
        azimuth_deg=(azimuth_deg,) * frames, depth_m=(2.0,) * frames,
        intervals=(Interval(onset_ms=200, offset_ms=500), Interval(onset_ms=700, offset_ms=1000)),
        onsets_ms=(200.0, 700.0), caption=f"burst {number} on the side", caption_by="template",
    )  # fmt: skip
    return Clip(said, {"direct": np.stack([read_at(sound, at - shift) for shift in late]).astype(np.float32)})


@pytest.fixture(scope="session")
def tiny_filmstereo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty recordings, two each of valid and test, and a clip of each."""
    folder = tmp_path_factory.mktemp("filmstereo")
    rows = [recording(number) for number in range(SOUNDS)]
    (folder / RECORDINGS / AUDIO).mkdir(parents=True)
    for number, row in enumerate(rows):
        soundfile.write(folder / RECORDINGS / AUDIO / f"{row.id}.flac", burst(number), RATE_HZ, subtype="PCM_24")
    write_lines(folder / RECORDINGS / MANIFEST, rows)
    recipe = Recipe(clips=SOUNDS)
    write_json(folder / RECIPE, Built(recipe=recipe, recordings_sha256="0" * 64))
    splits = split_of(rows, recipe)
    azimuths = np.linspace(-45.0, 45.0, SOUNDS)
    clips = [clip(number, splits[row.id], float(azimuths[number])) for number, row in enumerate(rows)]
    (folder / shard_name(0)).write_bytes(shard_bytes(clips))
    return folder
