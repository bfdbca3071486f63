"""RT60: from an impulse response (ISO 3382-1), or blind from what dies away freely in a track.

RT60 is quoted as ISO 3382-1's T30,mid: the mean of the octaves at 500 Hz and 1 kHz.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.audio_source import AudioSource, PartOf, as_source, blocks_of

Audio = NDArray[np.float32]
_HOPS_AT_ONCE = 1024

MID_OCTAVES_HZ = (500.0, 1000.0)
FRAME_S = 0.01
MIN_DROP_DB = 20.0
"""A decay that falls less before something else sounds says nothing."""


def rt60_of_impulse_response(response: Audio, sample_rate_hz: int) -> float | None:
    """T30,mid of an impulse response (channels, samples) in seconds; channels' decays are added.

    T20 where the response holds only 25 dB above its noise; None where it holds less, or where nothing decays.
    """
    if response.shape[1] == 0:
        return None
    times = [
        schroeder_rt60(octave_band(response, centre_hz, sample_rate_hz), sample_rate_hz) for centre_hz in MID_OCTAVES_HZ
    ]
    found = [t for t in times if t is not None]
    return float(np.mean(found)) if found else None


def schroeder_rt60(response: NDArray[np.float64], sample_rate_hz: int) -> float | None:
    """T30 (else T20) of a decay (channels, samples) by backward integration (Schroeder 1965; ISO 3382-1, 5.3.3).

    The integration starts at the loudest sample and ends where the decay sinks into the noise of the last tenth.
    """
    energy = np.square(response).sum(axis=0)
    if energy.size < 16 or not energy.any():
        return None
    energy = energy[int(np.argmax(energy)) :]
    energy = energy[: _end_of_decay(energy, sample_rate_hz)]
    if energy.size < 16:
        return None
    left = np.cumsum(energy[::-1])[::-1]
    decay_db = 10.0 * np.log10(np.maximum(left / left[0], 1e-15))
    for bottom_db in (-35.0, -25.0):
        # The cut integral dives at its end; a range is trusted only where 10 dB of decay lie beneath it.
        if decay_db[int(0.95 * (decay_db.size - 1))] > bottom_db:
            continue
        inside = np.flatnonzero((decay_db <= -5.0) & (decay_db >= bottom_db))
        if inside.size >= 8:
            slope = float(np.polyfit(inside / sample_rate_hz, decay_db[inside], 1)[0])
            return -60.0 / slope if slope < 0.0 else None
    return None


def rt60_of_track(track: Audio | AudioSource, sample_rate_hz: int) -> float | None:
    """Blind RT60 of a track (channels, samples) in seconds: the median over its free decays; None where nothing decays.

    A free decay is a stretch over which the mid-band level only falls, by at least 20 dB and nearly straight. For dry
    sounds this is their own ring; for reverberant ones the room's.
    """
    hop = max(1, round(FRAME_S * sample_rate_hz))
    source = as_source(track)
    if source.samples // hop < 4:
        return None
    energy = _mid_band_energy(source, hop, sample_rate_hz)
    if not energy.any():
        return None
    level_db = 10.0 * np.log10(np.maximum(energy / energy.max(), 1e-9))
    # A reverberant tail is noise: what counts is its running mean, over about its own decay's resolution.
    level_db = np.convolve(np.pad(level_db, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    times = [t for first, last in _falling_runs(level_db) if (t := _straight_rt60(level_db[first:last])) is not None]
    return float(np.median(times)) if times else None


def octave_band(signal: Audio, centre_hz: float, sample_rate_hz: int) -> NDArray[np.float64]:
    """One octave of (channels, samples), third-order Butterworth, forward only, float64."""
    from scipy.signal import butter, sosfilt

    edges = [centre_hz / np.sqrt(2.0), centre_hz * np.sqrt(2.0)]
    return np.asarray(sosfilt(butter(3, edges, "bandpass", fs=sample_rate_hz, output="sos"), signal.astype(np.float64)))


def _mid_band_energy(source: AudioSource, hop: int, sample_rate_hz: int) -> NDArray[np.float64]:
    """Mean energy of every whole hop between 354 Hz and 1414 Hz, channels added, shape (samples // hop,)."""
    from scipy.signal import butter, sosfilt

    sections = butter(2, [354.0, 1414.0], "bandpass", fs=sample_rate_hz, output="sos")
    state = np.zeros((len(sections), source.channels, 2))
    energies = []
    for block in blocks_of(PartOf(source, 0, source.samples // hop * hop), hop * _HOPS_AT_ONCE):
        band, state = sosfilt(sections, block.astype(np.float64), zi=state)
        energies.append(np.square(band).sum(axis=0).reshape(-1, hop).mean(axis=1))
    return np.concatenate(energies)


def _end_of_decay(energy: NDArray[np.float64], sample_rate_hz: int) -> int:
    """Sample at which the smoothed energy first comes within 6 dB of the last tenth's noise."""
    hop = max(1, min(round(FRAME_S * sample_rate_hz), energy.size // 16))
    frames = energy[: energy.size // hop * hop].reshape(-1, hop).mean(axis=1)
    noise = float(frames[-max(1, frames.size // 10) :].mean())
    near = np.flatnonzero(frames <= 4.0 * noise)
    return energy.size if near.size == 0 or noise <= 0.0 else max(1, int(near[0])) * hop


def _falling_runs(level_db: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Stretches [first, last) that fall from a local maximum without rising 1.5 dB above their lowest, to the floor."""
    runs: list[tuple[int, int]] = []
    floor_db = max(float(level_db.min()) + 6.0, -60.0)
    first, lowest = 0, float(level_db[0])
    for frame in range(1, level_db.size + 1):
        ended = frame == level_db.size or level_db[frame] > lowest + 1.5 or level_db[frame] < floor_db
        if ended:
            if level_db[first] - lowest >= MIN_DROP_DB:
                runs.append((first, frame))
            if frame < level_db.size:
                first, lowest = frame, float(level_db[frame])
        elif level_db[frame] > level_db[first]:
            first, lowest = frame, float(level_db[frame])
        else:
            lowest = min(lowest, float(level_db[frame]))
    return runs


def _straight_rt60(run_db: NDArray[np.float64]) -> float | None:
    """RT60 of a falling run by the line from 3 dB under its top to its end; None where it is not nearly straight."""
    below = np.flatnonzero(run_db <= run_db[0] - 3.0)
    if below.size < 4:
        return None
    tail = run_db[below[0] :]
    time_s = np.arange(tail.size) * FRAME_S
    slope, offset = np.polyfit(time_s, tail, 1)
    unexplained = float(np.sum(np.square(tail - offset - slope * time_s)))
    spread = float(np.sum(np.square(tail - tail.mean())))
    if slope >= 0.0 or spread <= 0.0 or unexplained / spread > 0.15:
        return None
    return float(-60.0 / slope)
