"""Modal synthesis: a struck object as a bank of damped sinusoids.

After K. van den Doel and D. K. Pai, "The sounds of physical shapes", Presence 7(4), 1998, and K. van den Doel, P.
G. Kry and D. K. Pai, "FoleyAutomatic", SIGGRAPH 2001: s(t) = sum_m a_m exp(-d_m t) sin(2 pi f_m t). The material
lives in the decay law d = d_0 + pi f tan(phi), its internal friction (F. Avanzini and D. Rocchesso, "Controlling
material properties in physical models of sounding objects", ICMC 2001); size lives in f, hardness of the blow in
the a_m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]
Modes1D = NDArray[np.float64]

FREE_BAR = (1.0, 2.756, 5.404, 8.933, 13.345, 18.638)
"""Transverse modes of a free bar (N. H. Fletcher and T. D. Rossing, The Physics of Musical Instruments, sec.
2.16)."""

MEMBRANE = (1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501, 3.600, 3.652, 4.060, 4.154)
"""Zeros of the Bessel functions J_m over j_01 = 2.405: modes of an ideal circular membrane (ibid., sec. 3.5)."""

_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Modes:
    """A bank of modes, arrays of shape (m,).

    Frequency in Hz, amplitude, and decay rate d in 1/s: the amplitude falls as exp(-d t).
    """

    frequencies_hz: Modes1D
    amplitudes: Modes1D
    decays: Modes1D

    def ring(self, length: int, sample_rate_hz: int) -> Mono:
        """The impulse response, shape (length,), starting at zero with full slope.

        The powers z^n of each mode's pole are taken as z^(block a) z^b, so the sum over modes is one matrix product.
        """
        keep = self.frequencies_hz < 0.45 * sample_rate_hz
        pole = (-self.decays[keep] + 2j * np.pi * self.frequencies_hz[keep]) / sample_rate_hz
        starts = np.arange(-(-length // _BLOCK)) * _BLOCK
        coarse = np.exp(starts[:, None] * pole) * self.amplitudes[keep]
        fine = np.exp(pole[:, None] * np.arange(_BLOCK))
        left = np.concatenate([coarse.real, coarse.imag], axis=1).astype(np.float32)
        right = np.concatenate([fine.imag, fine.real], axis=0).astype(np.float32)
        response: Mono = (left @ right).reshape(-1)[:length]
        return response

    def length(self, sample_rate_hz: int, longest_s: float) -> int:
        """Samples until the slowest mode has fallen by 60 dB, at most `longest_s`."""
        slowest = float(self.decays.min()) if self.decays.size else 1e3
        return int(min(6.91 / slowest, longest_s) * sample_rate_hz) + 1

    def struck(self, contact_s: float, rng: np.random.Generator, spread: float = 0.3, detune: float = 0.004) -> Modes:
        """The same object hit once: by a contact of that duration, at another place.

        A contact of duration T passes little above 1/T (Hertz; van den Doel et al. 2001, sec. 4.1), so a hard,
        short blow is the bright one. The place of the blow weights the modes anew.

        Args:
            contact_s: how long striker and object touch, seconds.
            rng: varies the blow.
            spread: standard deviation of the log amplitudes.
            detune: standard deviation of the common relative frequency shift.
        """
        count = self.frequencies_hz.size
        lowpass = 1.0 / (1.0 + (self.frequencies_hz * contact_s / 0.7) ** 2)
        place = np.exp(spread * rng.standard_normal(count))
        shift = 1.0 + detune * rng.standard_normal() + 0.25 * detune * rng.standard_normal(count)
        return Modes(self.frequencies_hz * shift, self.amplitudes * lowpass * place, self.decays)


def material_decays(frequencies_hz: Modes1D, loss_tangent: float, base_decay: float) -> Modes1D:
    """D = d_0 + pi f tan(phi): the decay law of a material with internal friction phi, 1/s."""
    return base_decay + np.pi * frequencies_hz * loss_tangent


def make_modes(
    frequencies_hz: Modes1D, *, loss_tangent: float, base_decay: float, tilt_db_per_octave: float = -3.0
) -> Modes:
    """Modes of one material, amplitudes falling by `tilt_db_per_octave` from the lowest."""
    octaves = np.log2(frequencies_hz / frequencies_hz.min())
    return Modes(
        frequencies_hz,
        10.0 ** (tilt_db_per_octave * octaves / 20.0),
        material_decays(frequencies_hz, loss_tangent, base_decay),
    )


def plate_ratios(count: int, aspect: float = 1.37) -> Modes1D:
    """The lowest `count` modes of a simply supported rectangular plate, f ~ m^2 + (n aspect)^2, lowest = 1."""
    order = np.arange(1, 2 + int(np.sqrt(count) * 1.8))
    ratios = np.sort(((order**2)[:, None] + (aspect * order[None, :]) ** 2).ravel())
    return np.asarray(ratios[:count] / ratios[0], dtype=np.float64)


def dense_field(rng: np.random.Generator, count: int, low_hz: float, high_hz: float) -> Modes1D:
    """Inharmonic modes of a thin shell or block, random on a logarithmic axis, ascending, Hz."""
    edges = np.linspace(np.log(low_hz), np.log(high_hz), count + 1)
    return np.exp(edges[:-1] + np.diff(edges) * rng.random(count))
