"""What the models are known by: heel and toe, bell partials, wing beats, horns, cloth in motion, parts that strike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.generator.procedural.horn import SHIP_HZ, TRAIN_HZ
from foleydesigner.generator.procedural.trial import RATE_HZ, trial_request

Mono = NDArray[np.float32]


def take(family: str, seconds: float, seed: int = 100, **settings: Any) -> Mono:
    (made,) = ProceduralEngine(workers=1).render([trial_request(family, seconds, seed, settings)])
    return np.asarray(made.dry.read(0, made.dry.samples).mean(axis=0), dtype=np.float32)


def strongest_hz(sound: Mono, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 4 * sound.size))
    hz = np.fft.rfftfreq(4 * sound.size, 1 / RATE_HZ)
    inside = (hz > low_hz) & (hz < high_hz)
    return float(hz[inside][np.argmax(spectrum[inside])])


def toe_s(size: str, seed: int) -> float:
    """From heel to toe: the second rise of the contact noise above 3 kHz."""
    step = take("footsteps", 0.7, seed, surface="stone", size=size)
    sos = signal.butter(4, 1500, "highpass", fs=RATE_HZ, output="sos")
    level = np.abs(signal.sosfilt(sos, step))
    frames = level[: level.size // 96 * 96].reshape(-1, 96).max(axis=1)
    heel = int(np.argmax(frames))
    later = frames[heel + 15 :]
    return 0.002 * (15 + int(np.argmax(later)))


def test_a_heavier_walker_is_lower_and_rolls_longer_from_heel_to_toe() -> None:
    light, heavy = (np.median([toe_s(size, seed) for seed in range(100, 107)]) for size in ("small", "very_large"))
    assert 1.2 < heavy / light < 3.0
    assert 0.04 < light < heavy < 0.25


def test_a_large_bell_has_the_same_inharmonic_series_lower() -> None:
    small, large = (take("bell", 3.0, size=size, variant="church", interval_s=9.0) for size in ("medium", "large"))
    prime = 960.0
    nominal = strongest_hz(small, 1.9 * 0.95 * prime, 2.1 * 1.05 * prime)
    assert strongest_hz(large, 1.9 * 0.95 * prime / 1.7, 2.1 * 1.05 * prime / 1.7) == pytest.approx(
        nominal / 1.7, rel=0.01
    )
    tierce = strongest_hz(small, 0.57 * nominal, 0.64 * nominal)
    assert tierce == pytest.approx(0.6 * nominal, rel=0.01)  # a minor third over the prime: no harmonic of it


@pytest.mark.parametrize(("name", "beat_hz"), [("bee", 230.0), ("fly", 190.0), ("mosquito", 560.0)])
def test_wings_beat_at_their_rate_and_larger_ones_slower(name: str, beat_hz: float) -> None:
    for size, slower in (("small", 1.0), ("large", (0.6 / 1.7) ** 0.5)):
        sound = take("insect", 6.0, variant=name, size=size)
        found = strongest_hz(sound, 0.8 * slower * beat_hz, 1.25 * slower * beat_hz)
        assert found == pytest.approx(slower * beat_hz, rel=0.17)


def test_an_insect_comes_and_goes() -> None:
    sound = take("insect", 10.0, variant="fly", size="small")
    level = np.sqrt(np.square(sound[: 99 * 4800]).reshape(-1, 4800).mean(axis=1))
    assert np.quantile(level, 0.95) > 2.5 * np.quantile(level, 0.1)


def test_horns_stand_on_their_reeds() -> None:
    ship = take("engine", 4.0, variant="ship horn", size="very_large")
    spectrum = np.abs(np.fft.rfft(ship * np.hanning(ship.size))) ** 2
    hz = np.fft.rfftfreq(ship.size, 1 / RATE_HZ)
    near = np.abs(hz / SHIP_HZ[0] - np.round(hz / SHIP_HZ[0])) < 0.05
    assert spectrum[near & (hz > 100) & (hz < 2500)].sum() > 0.9 * spectrum.sum()
    train = take("engine", 4.0, variant="train horn", size="very_large")
    for reed_hz in TRAIN_HZ:
        assert strongest_hz(train, 0.97 * reed_hz, 1.03 * reed_hz) == pytest.approx(reed_hz, rel=0.01)
    assert np.sqrt(np.mean(train**2)) > 0.05  # it is held as long as the span


def test_cloth_rustles_flaps_and_tears_each_in_its_way() -> None:
    rustle, flap, tear = (take("cloth", 8.0, variant=name) for name in ("", "flap", "rip"))

    def centroid_hz(sound: Mono) -> float:
        power = np.abs(np.fft.rfft(sound)) ** 2
        return float((power * np.fft.rfftfreq(sound.size, 1 / RATE_HZ)).sum() / power.sum())

    def crest(sound: Mono) -> float:
        return float(np.abs(sound).max() / np.sqrt(np.mean(sound**2)))

    assert centroid_hz(tear) > 2.0 * centroid_hz(rustle)
    assert crest(tear) > crest(rustle)
    # A flag beats near 4 times a second at half its speed.
    level = np.square(flap[: flap.size // 480 * 480]).reshape(-1, 480).mean(axis=1)
    beats = np.abs(np.fft.rfft((level - level.mean()) * np.hanning(level.size))) ** 2
    rate_hz = np.fft.rfftfreq(level.size, 0.01)
    slow = (rate_hz > 2.5) & (rate_hz < 6.0)
    assert beats[slow].sum() > 3.0 * beats[(rate_hz > 0.5) & (rate_hz < 2.0)].sum()


def test_a_key_has_a_press_and_a_release() -> None:
    key = take("handling", 0.7, variant="typing", size="small")
    frames = np.abs(key[: key.size // 240 * 240]).reshape(-1, 240).max(axis=1)
    press = int(np.argmax(frames))
    release = press + 8 + int(np.argmax(frames[press + 8 :]))
    assert 0.04 <= 0.005 * (release - press) <= 0.11
    assert frames[release] > 0.2 * frames[press]
