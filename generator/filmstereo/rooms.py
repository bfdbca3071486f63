"""What a pair of omnidirectional microphones hears of a box: its reflections, by the image method.

J. Allen and D. Berkley, JASA 65, 1979. The direct path is left out: `simulation` renders it exactly.

Two simulators behind one interface: pyroomacoustics (MIT, any CPU) and gpuRIR (GPLv3, an Nvidia GPU).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError, MissingExtraError
from foleydesigner.tools.panning import SPEED_OF_SOUND_M_S

EARLY_ORDER = 8
"""Reflections up to this order are simulated one by one (the first 50 to 150 ms); the reverb that is added goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A shoebox room and the pair in it.

    Attributes:
        size_m: width (x), length (y), height (z).
        rt60_s: what the absorption of its walls is chosen for (Sabine).
        microphones_m: left and right, shape (2, 3).
    """

    size_m: tuple[float, float, float]
    rt60_s: float
    microphones_m: NDArray[np.float64]

    @property
    def middle_m(self) -> NDArray[np.float64]:
        """Between the microphones, (3,)."""
        middle: NDArray[np.float64] = self.microphones_m.mean(axis=0)
        return middle

    def sources_m(self, places_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places (n, 2) before the pair, x to the right and y ahead, as points of the room (n, 3), at its height."""
        ahead: NDArray[np.float64] = np.concatenate([places_m, np.zeros((len(places_m), 1))], axis=1)
        return self.middle_m + ahead


class RoomSimulator(Protocol):
    """Makes responses of a room."""

    name: str

    def reflections(self, box: Box, sources_m: NDArray[np.float64], sample_rate_hz: int) -> NDArray[np.float32]:
        """Responses of `sources_m` (n, 3) to the microphones, (n, 2, taps), without the direct path.

        Tap k of source i is k samples after the direct sound would reach the middle of the pair, so that nothing is
        late by the distance; a reflection's level is relative to 1 at 1 m.
        """
        ...


class ImageMethod:
    """pyroomacoustics.

    Raises:
        MissingExtraError: it is not installed.
    """

    name = "pyroomacoustics"

    def __init__(self) -> None:
        if find_spec("pyroomacoustics") is None:
            raise MissingExtraError(
                "pyroomacoustics is not installed", "it, for rooms", "pip install 'foleydesigner[dataset]'"
            )

    def reflections(self, box: Box, sources_m: NDArray[np.float64], sample_rate_hz: int) -> NDArray[np.float32]:
        """See `RoomSimulator`."""
        whole = self._responses(box, sources_m, sample_rate_hz, EARLY_ORDER)
        direct = self._responses(box, sources_m, sample_rate_hz, 0)
        whole[:, :, : direct.shape[2]] -= direct
        return _from_direct(whole, box, sources_m, sample_rate_hz, _pyroom_delay())

    def _responses(self, box: Box, sources_m: NDArray[np.float64], rate: int, order: int) -> NDArray[np.float64]:
        import pyroomacoustics

        try:
            absorption, _ = pyroomacoustics.inverse_sabine(box.rt60_s, box.size_m, c=SPEED_OF_SOUND_M_S)
        except ValueError as error:
            raise _too_dry(box) from error
        room = pyroomacoustics.ShoeBox(
            box.size_m, fs=rate, materials=pyroomacoustics.Material(absorption), max_order=order
        )
        room.set_sound_speed(SPEED_OF_SOUND_M_S)
        for source in sources_m:
            room.add_source(source)
        room.add_microphone_array(box.microphones_m.T)
        room.compute_rir()
        length = max(len(response) for channel in room.rir for response in channel)
        out = np.zeros((len(sources_m), 2, length))
        for channel, responses in enumerate(room.rir):
            for index, response in enumerate(responses):
                out[index, channel, : len(response)] = response
        return out


class GpuImageMethod:
    """gpuRIR (D. Diaz-Guerra, A. Miguel and J. Beltran, Multimedia Tools and Applications 80, 2021).

    Raises:
        MissingExtraError: it is not installed; it is built from source against CUDA and needs a GPU.
    """

    name = "gpurir"

    def __init__(self) -> None:
        if find_spec("gpuRIR") is None:
            raise MissingExtraError(
                "gpuRIR is not installed", "it and an Nvidia GPU", "install it, or leave rooms to pyroomacoustics"
            )

    def reflections(self, box: Box, sources_m: NDArray[np.float64], sample_rate_hz: int) -> NDArray[np.float32]:
        """See `RoomSimulator`."""
        import gpuRIR

        beta = gpuRIR.beta_SabineEstimation(box.size_m, box.rt60_s)
        diagonal_s = float(np.linalg.norm(box.size_m)) / SPEED_OF_SOUND_M_S
        length_s = diagonal_s * (EARLY_ORDER + 1)

        def responses(images: list[int]) -> NDArray[np.float64]:
            made: Any = gpuRIR.simulateRIR(
                box.size_m, beta, sources_m, box.microphones_m, images, length_s, sample_rate_hz, c=SPEED_OF_SOUND_M_S
            )
            # It gives a source the level 1 / (4 pi r); here it is 1 / r, as pyroomacoustics has it.
            return np.asarray(made, dtype=np.float64) * 4.0 * np.pi

        whole = responses([2 * EARLY_ORDER + 1] * 3) - responses([1, 1, 1])
        return _from_direct(whole, box, sources_m, sample_rate_hz, 0)


def simulator(name: str) -> RoomSimulator:
    """The simulator of that name.

    Raises:
        DatasetError: there is none.
        MissingExtraError: its package is not installed.
    """
    made: dict[str, type[ImageMethod] | type[GpuImageMethod]] = {
        "pyroomacoustics": ImageMethod,
        "gpurir": GpuImageMethod,
    }
    if name not in made:
        raise DatasetError(f"no room simulator is called {name!r}", f"one of {', '.join(made)}", "pass --rooms NAME")
    return made[name]()


def _pyroom_delay() -> int:
    """Samples by which the library's windowed sinc is late."""
    import pyroomacoustics

    return int(pyroomacoustics.constants.get("frac_delay_length")) // 2


def _from_direct(
    responses: NDArray[np.float64], box: Box, sources_m: NDArray[np.float64], rate: int, late: int
) -> NDArray[np.float32]:
    """Each source's responses moved to begin where its direct sound reaches the middle of the pair."""
    out = np.zeros_like(responses, dtype=np.float32)
    distance_m = np.linalg.norm(sources_m - box.middle_m, axis=1)
    for index, metres in enumerate(distance_m):
        first = min(late + round(float(metres) / SPEED_OF_SOUND_M_S * rate), responses.shape[2])
        out[index, :, : responses.shape[2] - first] = responses[index, :, first:]
    return out


def _too_dry(box: Box) -> DatasetError:
    return DatasetError(
        f"a room of {box.size_m} m that rings for {box.rt60_s} s", "one that walls can make", "ask for a longer time"
    )
