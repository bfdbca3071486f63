"""A handful of made sounds as a store of cleaned recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from foleydesigner.generator.filmstereo.annotation import SourceRecording
from foleydesigner.generator.filmstereo.recordings import AUDIO, DROPPED, MANIFEST, Dropped, RecordingStore, write_lines

RATE_HZ = 16_000


def hit(seed: int, seconds: float = 0.3) -> np.ndarray:
    """Noise that decays, (samples,)."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (rng.standard_normal(times.size) * np.exp(-times / (0.12 * seconds))).astype(np.float32) * 0.2


def texture(seed: int, seconds: float = 1.5) -> np.ndarray:
    """Even noise, (samples,)."""
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ)) * 0.1).astype(np.float32)


def recording(number: int, **changes: object) -> SourceRecording:
    """A recording with all it needs."""
    fields: dict[str, object] = {
        "id": f"{number:016x}",
        "collection": "folder:test",
        "name": f"hit_{number}.wav",
        "title": "a wooden crate hit",
        "author": "A. Tester",
        "licence": "cc0-1.0",
        "family": "impact",
        "kind": "impulsive",
        "size": "medium",
        "duration_s": 0.3,
    }
    return SourceRecording.model_validate(fields | changes)


def write_store(folder: Path) -> RecordingStore:
    """Eight recordings: hits of three sizes, and wind."""
    (folder / AUDIO).mkdir(parents=True)
    rows = []
    for number, size in enumerate(("small", "small", "medium", "medium", "large", "large", "very_large", "very_large")):
        steady = size == "very_large"
        rows.append(
            recording(
                number,
                size=size,
                family="wind" if steady else "impact",
                kind="steady" if steady else "impulsive",
                title="wind in the trees" if steady else "a wooden crate hit",
            )
        )
        sound = texture(number) if steady else hit(number)
        soundfile.write(folder / AUDIO / f"{rows[-1].id}.flac", sound, RATE_HZ, subtype="PCM_24")
    write_lines(folder / MANIFEST, rows)
    write_lines(folder / DROPPED, [Dropped(collection="folder:test", name="bad.wav", reason="silent")])
    return RecordingStore(folder)
