"""Procedural sounds before pairs of microphones in drawn rooms: what the delay estimator learns from at first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.metrics.bewo import RATE_HZ
from foleydesigner.evals.metrics.frames import frame_centres_s
from foleydesigner.tools.panning import interaural_delay_s

SPLITS = ("train", "valid", "test")


def simulated_clips(count: int, split: str) -> Iterator[tuple[NDArray[np.float32], int, NDArray[np.float64]]]:
    """Procedural sounds in boxes (image method) with some reverb over them; seeds of the splits are far apart."""
    import soxr
    from pedalboard import Pedalboard, Reverb  # type: ignore[attr-defined]

    from foleydesigner.generator.procedural.engine import ProceduralEngine
    from foleydesigner.generator.procedural.trial import RATE_HZ as SOUND_HZ
    from foleydesigner.generator.procedural.trial import trial_request
    from foleydesigner.script import FAMILIES

    engine = ProceduralEngine(workers=1)
    for number in range(count):
        seed = SPLITS.index(split) * 1_000_000 + number
        rng = np.random.default_rng(seed)
        (take,) = engine.render([trial_request(FAMILIES[int(rng.integers(len(FAMILIES)))], 5.0, seed)])
        dry = soxr.resample(take.dry.read(0, take.dry.samples).mean(axis=0), SOUND_HZ, RATE_HZ).astype(np.float32)
        if not np.abs(dry).max() > 1e-4:
            continue
        spacing_m, azimuth_deg = rng.uniform(0.16, 0.18), float(rng.uniform(-60.0, 60.0))
        wet = in_box(dry, rng, spacing_m, azimuth_deg)
        board = Pedalboard([Reverb(room_size=rng.uniform(0.1, 0.9), wet_level=1.0, dry_level=0.0, width=1.0)])
        tail = board(wet, RATE_HZ)
        level = 10.0 ** (rng.uniform(-24.0, -6.0) / 20.0) * np.sqrt(
            float(np.mean(wet**2)) / max(float(np.mean(tail**2)), 1e-20)
        )
        mixed = (wet + level * tail).astype(np.float32)
        mixed += 1e-4 * np.abs(mixed).max() * rng.standard_normal(mixed.shape).astype(np.float32)
        centres = frame_centres_s(mixed.shape[1], RATE_HZ)
        delay_s = float(interaural_delay_s(azimuth_deg, spacing_m))
        yield (0.5 / np.abs(mixed).max() * mixed).astype(np.float32), RATE_HZ, np.full(len(centres), delay_s)


def in_box(
    dry: NDArray[np.float32], rng: np.random.Generator, spacing_m: float, azimuth_deg: float
) -> NDArray[np.float32]:
    """A sound (samples,) at 16 kHz before a pair of microphones in a drawn room, (2, samples)."""
    import pyroomacoustics

    size = rng.uniform((3.0, 4.0, 2.4), (9.0, 12.0, 4.5))
    middle = np.array([0.5 * size[0] + rng.uniform(-0.3, 0.3), rng.uniform(0.8, 0.35 * size[1]), rng.uniform(1.0, 1.8)])
    angle = np.deg2rad(azimuth_deg)
    reach = min((0.5 * size[0] - 0.6) / max(abs(np.sin(angle)), 0.05), (size[1] - middle[1] - 0.4) / np.cos(angle))
    depth_m = rng.uniform(min(0.6, 0.5 * reach), min(reach, 9.0))
    source = middle + depth_m * np.array([np.sin(angle), np.cos(angle), 0.0])
    absorption, order = pyroomacoustics.inverse_sabine(rng.uniform(0.2, 0.9), size)
    room = pyroomacoustics.ShoeBox(
        size, fs=RATE_HZ, materials=pyroomacoustics.Material(min(absorption, 0.95)), max_order=min(order, 14)
    )
    room.add_source(source, signal=dry)
    half = np.array([0.5 * spacing_m, 0.0, 0.0])
    room.add_microphone_array(np.stack([middle - half, middle + half], axis=1))
    room.simulate()
    return np.asarray(room.mic_array.signals[:, : len(dry)], dtype=np.float32)
