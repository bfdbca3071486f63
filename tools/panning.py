"""Where an azimuth goes among loudspeakers: pure gain laws, no time and no signal.

Angles are degrees, left negative. Each law maps azimuths of shape (n,) to linear gains of shape (channels, n) whose
squares sum to one (constant power), and, for the spaced pair, to delays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

SPEED_OF_SOUND_M_S = 343.0
"""Dry air at 20 degrees C."""

CHANNELS_51 = ("L", "R", "C", "LFE", "Ls", "Rs")
"""Interleaving of our 5.1: SMPTE / ITU order, WAVEFORMATEXTENSIBLE mask 0x3F."""

FRONT_DEG, SURROUND_DEG = 30.0, 110.0
"""Loudspeakers of ITU-R BS.775-3: L and R at +-30 degrees, C at 0, Ls and Rs at +-110."""

_RING_DEG = np.array([-180.0 - 70.0, -SURROUND_DEG, -FRONT_DEG, 0.0, FRONT_DEG, SURROUND_DEG, 180.0 + 70.0])
# The ring closes behind the listener: what lies 70 degrees beyond the back on one side is the other side's surround.
_RING_CHANNEL = np.array([5, 4, 0, 2, 1, 5, 4])


class PanLaw(Protocol):
    """How a direction becomes loudspeaker feeds."""

    @property
    def channels(self) -> int:
        """Number of feeds."""
        ...

    def gains(self, azimuth_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Linear gains, shape (channels, n)."""
        ...

    def delays_s(self, azimuth_deg: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Delay of each feed in seconds, shape (channels, n), negative = earlier; None when the law delays nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmLaw:
    """Amplitude panning of a point source between two loudspeakers, without delay (constant power, sine-cosine law).

    Attributes:
        field_of_view_deg: horizontal field of view of the picture; its edges are hard left and hard right.
    """

    field_of_view_deg: float = 90.0

    @property
    def channels(self) -> int:
        """Left, right."""
        return 2

    def gains(self, azimuth_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gains (2, n): cos and sin of pi/4 (p + 1), p = azimuth / (FOV/2) in [-1, 1]; -3.01 dB each at the centre.

        What lies behind is heard at its mirror image in front, so that a source which circles the listener never jumps.
        """
        pan = np.clip(front_image_deg(azimuth_deg) / (0.5 * self.field_of_view_deg), -1.0, 1.0)
        angle = 0.25 * np.pi * (pan + 1.0)
        return np.stack([np.cos(angle), np.sin(angle)])

    def delays_s(self, azimuth_deg: NDArray[np.float64]) -> None:
        """None: a delay between film loudspeakers would comb when they are summed."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacedPairLaw:
    """Two omnidirectional microphones with nothing between them: equal gains, and the delay tau = d sin(theta) / c.

    Attributes:
        spacing_m: distance between the microphones.
    """

    spacing_m: float = 0.17

    @property
    def channels(self) -> int:
        """Left, right."""
        return 2

    def gains(self, azimuth_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gains (2, n), all 1/sqrt(2): the same total power as the film law."""
        return np.full((2, np.asarray(azimuth_deg).size), np.sqrt(0.5))

    def delays_s(self, azimuth_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Delays (2, n): +tau/2 left and -tau/2 right, tau = t_L - t_R; symmetric, so an onset stays on its time."""
        half = 0.5 * interaural_delay_s(azimuth_deg, self.spacing_m)
        return np.stack([half, -half])


@dataclass(frozen=True, slots=True, kw_only=True)
class SurroundLaw:
    """Pairwise constant-power panning over L, C, R, Rs, Ls of ITU-R BS.775, in `CHANNELS_51` order.

    Attributes:
        field_of_view_deg: horizontal field of view of the picture; its edges are the loudspeakers L and R.
        on_screen: the source stays between L and R whatever its azimuth.
        lfe_send: linear level of the source in the LFE feed, wherever it stands; 0 sends nothing.
    """

    field_of_view_deg: float = 90.0
    on_screen: bool = True
    lfe_send: float = 0.0

    @property
    def channels(self) -> int:
        """The six of `CHANNELS_51`."""
        return 6

    def gains(self, azimuth_deg: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gains (6, n): the loudspeakers beside the pan angle (`loudspeaker_angle_deg`), and the constant LFE send."""
        angle = loudspeaker_angle_deg(azimuth_deg, self.field_of_view_deg)
        if self.on_screen:
            angle = np.clip(angle, -FRONT_DEG, FRONT_DEG)
        lower = np.clip(np.searchsorted(_RING_DEG, angle, side="right") - 1, 0, len(_RING_DEG) - 2)
        share = (angle - _RING_DEG[lower]) / (_RING_DEG[lower + 1] - _RING_DEG[lower])
        gains = np.zeros((6, angle.size))
        column = np.arange(angle.size)
        gains[_RING_CHANNEL[lower], column] = np.cos(0.5 * np.pi * share)
        gains[_RING_CHANNEL[lower + 1], column] = np.sin(0.5 * np.pi * share)
        gains[3] = self.lfe_send
        return gains

    def delays_s(self, azimuth_deg: NDArray[np.float64]) -> None:
        """None: amplitude panning only."""
        return None


def front_image_deg(azimuth_deg: ArrayLike) -> NDArray[np.float64]:
    """Azimuths mirrored into the front half plane: 135 becomes 45, 180 becomes 0."""
    azimuth = np.asarray(azimuth_deg, dtype=np.float64)
    return np.where(np.abs(azimuth) > 90.0, np.sign(azimuth) * 180.0 - azimuth, azimuth)


def interaural_delay_s(azimuth_deg: ArrayLike, spacing_m: float) -> NDArray[np.float64]:
    """Delay tau = t_L - t_R = d sin(theta) / c in seconds: positive to the right, whose sound is late on the left."""
    angle = np.deg2rad(np.asarray(azimuth_deg, dtype=np.float64))
    return np.asarray(spacing_m / SPEED_OF_SOUND_M_S * np.sin(angle))


def film_ild_db(azimuth_deg: ArrayLike, field_of_view_deg: float = 90.0, limit_db: float = 60.0) -> NDArray[np.float64]:
    """20 log10(L / R) that the film law asks for, bounded to +-`limit_db` at the hard sides."""
    left, right = FilmLaw(field_of_view_deg=field_of_view_deg).gains(np.atleast_1d(np.asarray(azimuth_deg, np.float64)))
    floor = 10.0 ** (-0.05 * limit_db)
    ratio_db = 20.0 * np.log10(np.maximum(left, floor) / np.maximum(right, floor))
    return np.asarray(np.clip(ratio_db, -limit_db, limit_db))


def loudspeaker_angle_deg(azimuth_deg: ArrayLike, field_of_view_deg: float = 90.0) -> NDArray[np.float64]:
    """Pan angle of an azimuth among loudspeakers, in [-180, 180].

    Inside the picture 30 * azimuth / (FOV/2), so that its edges meet L and R; from there linearly to the surrounds,
    where 110 degrees is 110 degrees; behind them as it is.
    """
    azimuth = np.asarray(azimuth_deg, dtype=np.float64)
    edge = 0.5 * field_of_view_deg
    knots, angles = [0.0, edge, SURROUND_DEG, 180.0], [0.0, FRONT_DEG, SURROUND_DEG, 180.0]
    return np.asarray(np.sign(azimuth) * np.interp(np.abs(azimuth), knots, angles))
