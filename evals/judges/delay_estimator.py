"""A small delay estimator of our own: GCC-PHAT with learned weights over time and frequency.

Reverberation spoils most of a sound's time-frequency cells; a few, at onsets and where the direct path dominates, still
hold its delay. A network of dilated convolutions sees level and short-time coherence in 32 bands over the whole clip
and gives each cell a weight (cf. P. Pertilä and E. Cakir, "Robust direction estimation with convolutional neural
networks based steered response power", ICASSP 2017; Z.-Q. Wang, X. Zhang and D. Wang, "Robust TDOA estimation based on
time-frequency masking and deep neural networks", Interspeech 2018). The weighted phases are summed over 0.25, 0.61,
1.51 and 3.01 s around each moment, with learned shares, and the highest correlation within 1 ms is the delay. Whatever
the weights are, cells that agree are read exactly, so a sound without a room is measured to a microsecond.

`scripts/train_delay_estimator.py` trains it; `delay_estimator.md` says on what, and how well it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError, EngineError
from foleydesigner.evals.metrics.bewo import RATE_HZ, WINDOW, Trace, frame_starts
from foleydesigner.evals.metrics.frames import Audio

FFT, HOP, BANDS = 512, 160, 32
POOLED = (12, 30, 75, 150)
"""Cells on either side of a moment that are summed with it."""
DILATIONS = (1, 2, 4, 8, 16)
MAX_LAG_S, LAG_S = 0.001, 1.0 / (8 * RATE_HZ)
COHERENT = 2
"""Frames on either side over which coherence is taken."""
_MOST_LOGIT = 8.0
_SHIFTS = (0, 160, 320, 480)
Weights = Mapping[str, NDArray[np.floating]]
Cells = NDArray[np.complex64]


def load_weights(path: Path | None = None) -> dict[str, NDArray[np.float32]]:
    """Arrays of the network by name, from an .npz; without a path those that are shipped.

    Raises:
        CheckpointError: there is no such file, or it holds something else.
    """
    place = path or Path(str(resources.files("foleydesigner.evals.judges").joinpath("delay_estimator.npz")))
    try:
        with np.load(place, allow_pickle=False) as file:
            found = {name: np.asarray(file[name], dtype=np.float32) for name in file.files}
    except (OSError, ValueError, EOFError, KeyError) as error:
        raise CheckpointError(
            f"{place} cannot be read ({error})", "weights of the delay estimator", "train it"
        ) from error
    wanted = shapes()
    if {name: array.shape for name, array in found.items()} != wanted or not all(
        np.isfinite(array).all() for array in found.values()
    ):
        raise CheckpointError(f"{place} holds other arrays", f"finite ones, {sorted(wanted)}", "train it again")
    return found


def shapes(channels: int = 48) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the arrays: convolutions (out, in, 5) and (out, in, 1), biases, shares of pooling."""
    found: dict[str, tuple[int, ...]] = {"first.weight": (channels, 2 * BANDS, 5), "first.bias": (channels,)}
    for k in range(len(DILATIONS)):
        found |= {f"blocks.{k}.weight": (channels, channels, 5), f"blocks.{k}.bias": (channels,)}
    return found | {
        "last.weight": (BANDS, channels, 1),
        "last.bias": (BANDS,),
        "shares": (len(POOLED),),
        "sharpness": (),
    }


def cells(stereo: Audio) -> tuple[Cells, NDArray[np.float32]]:
    """What the network and the correlation are given, of (2, samples) at 16 kHz.

    Returns:
        The unit phases of L conj(R) every 10 ms, (frames, 257), 0 where nothing sounds; and the network's input, (64,
        frames): the level of 32 bands in 20 dB below the clip's loudest, and their coherence over 50 ms.

    Raises:
        EngineError: not two finite channels, or shorter than one hop.
    """
    from scipy import fft

    if stereo.ndim != 2 or stereo.shape[0] != 2 or stereo.shape[1] < HOP or not np.isfinite(stereo).all():
        raise EngineError(f"audio of shape {stereo.shape}", "two finite channels, (2, samples)", "pass a stereo stem")
    count = stereo.shape[1] // HOP
    margin = (FFT - HOP) // 2
    padded = np.pad(stereo.astype(np.float32), ((0, 0), (margin, FFT)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT, axis=1)[:, : count * HOP : HOP]
    left, right = fft.rfft(frames * np.hanning(FFT + 1)[:-1].astype(np.float32), axis=2)
    cross = left * np.conj(right)
    size = np.abs(cross)
    phases = np.where(size > 1e-12 * max(float(size.max()), 1e-30), cross / np.maximum(size, 1e-30), 0.0)
    power = np.abs(left) ** 2, np.abs(right) ** 2
    energy = (power[0] + power[1]) @ bands().T
    level = 10.0 * np.log10(np.maximum(energy / max(float(energy.max()), 1e-20), 1e-8))
    near = [_nearby(part) for part in (cross, *power)]
    coherent = np.minimum(np.abs(near[0]) / np.maximum(np.sqrt(near[1]) * np.sqrt(near[2]), 1e-15), 1.0)
    each = bands() / bands().sum(axis=1, keepdims=True)
    inputs = np.concatenate([level / 20.0 + 1.0, 2.0 * (coherent @ each.T) - 1.0], axis=1)
    return phases.astype(np.complex64), np.ascontiguousarray(inputs.T, dtype=np.float32)


@lru_cache(maxsize=1)
def bands() -> NDArray[np.float32]:
    """Which band each bin is of, (32, 257) of zeros and ones: equal steps of mel; the lowest bin is of none."""
    mel = 2595.0 * np.log10(1.0 + np.arange(FFT // 2 + 1) * (RATE_HZ / FFT) / 700.0)
    edges = np.linspace(mel[1], mel[-1] + 1e-6, BANDS + 1)
    which = np.searchsorted(edges, mel, side="right") - 1
    return np.asarray(which[None] == np.arange(BANDS)[:, None], dtype=np.float32)


def _nearby(rows: NDArray[np.number]) -> NDArray[np.number]:
    """Sums over five rows around each, (n, ...), term by term: a running sum would leave something in silence."""
    padded = np.pad(rows, ((COHERENT, COHERENT), (0, 0)))
    return np.asarray(sum(padded[k : k + len(rows)] for k in range(2 * COHERENT + 1)))


def _summed(rows: NDArray[np.number], half: int) -> NDArray[np.number]:
    """Sums over 2 `half` + 1 rows around each, (n, ...); beyond the ends is nothing."""
    total = np.concatenate([np.zeros((1, *rows.shape[1:]), rows.dtype), np.cumsum(rows, axis=0)])
    at = np.arange(len(rows))
    return np.asarray(total[np.minimum(at + half + 1, len(rows))] - total[np.maximum(at - half, 0)])


class LearnedDelay:
    """The estimator, with the weights that are shipped or others.

    Raises:
        CheckpointError: the weights cannot be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._weights = load_weights(path)
        self.name = "learned weights on GCC-PHAT, trained here (evals/judges/delay_estimator.md)"

    @classmethod
    def plain(cls) -> LearnedDelay:
        """The same without what was learned: every cell weighs the same, over 0.25 s. What learning is held against."""
        found = cls.__new__(cls)
        found._weights = {name: np.zeros(shape, np.float32) for name, shape in shapes().items()}
        found._weights["shares"] = np.array([0.0, *[-np.inf] * (len(POOLED) - 1)], dtype=np.float32)
        found.name = "GCC-PHAT over 0.25 s"
        return found

    def trace_s(self, stereo: Audio) -> Trace:
        """Delay t_L - t_R in seconds at four moments, 10 ms apart, of each frame of `metrics.bewo`: (frames, 4)."""
        middles = frame_starts(stereo.shape[1])[:, None] + WINDOW // 2 + np.array(_SHIFTS)
        found = self.delays_s(stereo)
        return np.asarray(found[np.minimum(middles // HOP, len(found) - 1)])

    def delays_s(self, stereo: Audio) -> NDArray[np.float64]:
        """Delay t_L - t_R in seconds every 10 ms, (2, samples) at 16 kHz to (frames,); 0 where nothing sounds."""
        phases, inputs = cells(stereo)
        weights = np.exp(np.minimum(self._logits(inputs), _MOST_LOGIT)).T @ bands()
        weighted = (weights * phases).astype(np.complex128)
        shares = np.exp(self._weights["shares"])
        pooled = sum(share * _summed(weighted, half) for share, half in zip(shares, POOLED, strict=True))
        return _peaks_s(np.asarray(pooled))

    def _logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logarithms of the weights, (32, frames)."""
        w = self._weights
        hidden = np.maximum(convolved(inputs, w["first.weight"], w["first.bias"], 1), 0.0)
        for k, dilation in enumerate(DILATIONS):
            weight, bias = w[f"blocks.{k}.weight"], w[f"blocks.{k}.bias"]
            hidden = hidden + np.maximum(convolved(hidden, weight, bias, dilation), 0.0)
        return convolved(hidden, w["last.weight"], w["last.bias"], 1)


def convolved(
    rows: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32], dilation: int
) -> NDArray[np.float32]:
    """(in, n) by a kernel (out, in, taps), as torch's conv1d with its ends padded by nothing: (out, n)."""
    taps = weight.shape[2]
    reach = taps // 2 * dilation
    padded = np.pad(rows, ((0, 0), (reach, reach)))
    count = rows.shape[1]
    parts = (weight[:, :, t] @ padded[:, t * dilation : t * dilation + count] for t in range(taps))
    return np.asarray(sum(parts, start=np.zeros(1, np.float32)) + bias[:, None], dtype=np.float32)


def lags_s() -> NDArray[np.float64]:
    """Lags at which the correlation is taken: 1 ms to either side in eighths of a sample, and one more at each end."""
    reach = round(MAX_LAG_S / LAG_S) + 1
    return np.asarray(np.arange(-reach, reach + 1) * LAG_S, dtype=np.float64)


def steering(lags: NDArray[np.float64]) -> NDArray[np.complex64]:
    """exp(+j omega tau) of 257 bins, (257, lags): L conj(R) turns by -omega tau where the left channel is tau late."""
    omega = 2.0 * np.pi * np.arange(FFT // 2 + 1) * RATE_HZ / FFT
    return np.asarray(np.exp(1j * np.outer(omega, lags)), dtype=np.complex64)


def _peaks_s(pooled: Cells) -> NDArray[np.float64]:
    """Lag of the highest correlation of each row of weighted phases, (frames, 257), by a parabola through its peak."""
    lags = lags_s()
    turn = steering(lags)
    around = pooled.real @ turn.real - pooled.imag @ turn.imag
    peak = 1 + np.argmax(around[:, 1:-1], axis=1)
    row = np.arange(len(peak))
    before, top, after = around[row, peak - 1], around[row, peak], around[row, peak + 1]
    bend = before - 2.0 * top + after
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros_like(top), where=bend < 0.0)
    return np.where(np.abs(pooled).any(axis=1), lags[peak] + np.clip(shift, -0.5, 0.5) * LAG_S, 0.0)
