"""What distance does to a sound: level and air."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray

REFERENCE_M = 2.0
"""Distance at which a sound keeps its level: a Foley microphone's view of a medium shot."""

SLOPE_DB_PER_DOUBLING = 3.0
"""Half of the free field's 6 dB: the mix keeps what the picture shows audible."""

NEAREST_GAIN_DB, FARTHEST_GAIN_DB = 3.0, -15.0

AIR_NODES_M = np.array([0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0])
"""Distances of the air filters; between them filters are mixed, beyond the last it holds."""

AIR_TAPS = 65
"""Length of an air filter; symmetric, so its delay of 32 samples is taken out exactly."""


def distance_gain(depth_m: ArrayLike) -> NDArray[np.float64]:
    """Linear gain at `depth_m`: 3 dB less per doubling from 2 m on, bounded to [-15, +3] dB.

    A film does not let the far vanish nor the near explode; the balance of a scene is the dynamics specialist's.
    """
    depth = np.maximum(np.asarray(depth_m, dtype=np.float64), 1e-3)
    gain_db = -SLOPE_DB_PER_DOUBLING * np.log2(depth / REFERENCE_M)
    return np.asarray(10.0 ** (0.05 * np.clip(gain_db, FARTHEST_GAIN_DB, NEAREST_GAIN_DB)))


def air_absorption_db_per_m(
    frequency_hz: ArrayLike, temperature_c: float = 20.0, humidity_percent: float = 50.0, pressure_kpa: float = 101.325
) -> NDArray[np.float64]:
    """Attenuation of pure tones by the atmosphere in dB/m (ISO 9613-1:1993, eq. 3-5 and B.3)."""
    f2 = np.square(np.asarray(frequency_hz, dtype=np.float64))
    kelvin = temperature_c + 273.15
    relative_t, relative_p = kelvin / 293.15, pressure_kpa / 101.325
    saturation = 10.0 ** (-6.8346 * (273.16 / kelvin) ** 1.261 + 4.6151)
    water = humidity_percent * saturation / relative_p  # molar concentration, percent
    oxygen_hz = relative_p * (24.0 + 4.04e4 * water * (0.02 + water) / (0.391 + water))
    nitrogen_hz = (
        relative_p * relative_t**-0.5 * (9.0 + 280.0 * water * np.exp(-4.170 * (relative_t ** (-1 / 3) - 1.0)))
    )
    classical = 1.84e-11 / relative_p * np.sqrt(relative_t)
    oxygen = 0.01275 * np.exp(-2239.1 / kelvin) / (oxygen_hz + f2 / oxygen_hz)
    nitrogen = 0.1068 * np.exp(-3352.0 / kelvin) / (nitrogen_hz + f2 / nitrogen_hz)
    return np.asarray(8.686 * f2 * (classical + relative_t**-2.5 * (oxygen + nitrogen)))


@functools.lru_cache(maxsize=4)
def air_filters(sample_rate_hz: int) -> NDArray[np.float64]:
    """Symmetric low-pass filters of air at `AIR_NODES_M`, shape (nodes, AIR_TAPS); zero phase once centred.

    Zero phase lets neighbours be mixed sample by sample without combing, and leaves every onset on its time.
    """
    bins = 1024
    frequency = np.linspace(0.0, 0.5 * sample_rate_hz, bins + 1)
    loss_db = AIR_NODES_M[:, None] * air_absorption_db_per_m(frequency)[None, :]
    response = np.fft.irfft(10.0 ** (-0.05 * loss_db), axis=1)
    half = AIR_TAPS // 2
    centred = np.concatenate([response[:, -half:], response[:, : half + 1]], axis=1) * np.hanning(AIR_TAPS + 2)[1:-1]
    return np.asarray(centred / centred.sum(axis=1, keepdims=True))


def apply_air(signal: NDArray[np.float64], depth_m: NDArray[np.float64], sample_rate_hz: int) -> NDArray[np.float64]:
    """`signal` (n + AIR_TAPS - 1,), margins included, as heard through `depth_m` (n,) metres of air; shape (n,)."""
    half = AIR_TAPS // 2
    if float(np.max(depth_m, initial=0.0)) <= 1e-9:
        return signal[half : signal.size - half]
    filters = air_filters(sample_rate_hz)
    depth = np.minimum(depth_m, AIR_NODES_M[-1])
    lower = np.clip(np.searchsorted(AIR_NODES_M, depth, side="right") - 1, 0, len(AIR_NODES_M) - 2)
    share = (depth - AIR_NODES_M[lower]) / (AIR_NODES_M[lower + 1] - AIR_NODES_M[lower])
    if np.ptp(depth) < 1e-9:
        taps = (1.0 - share[0]) * filters[lower[0]] + share[0] * filters[lower[0] + 1]
        return np.convolve(signal, taps, mode="valid")
    heard = np.zeros(depth.size)
    for node in range(int(lower.min()), int(lower.max()) + 2):
        weight = np.where(lower == node, 1.0 - share, np.where(lower + 1 == node, share, 0.0))
        if weight.any():
            heard += weight * np.convolve(signal, filters[node], mode="valid")
    return heard
