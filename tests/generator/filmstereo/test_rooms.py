"""Reflections have the level, time and side that geometry gives them; the direct path is left out."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import DatasetError, MissingExtraError
from foleydesigner.generator.filmstereo import rooms
from foleydesigner.generator.filmstereo.moves import Move
from foleydesigner.generator.filmstereo.reverbs import draw_box
from foleydesigner.generator.filmstereo.rooms import Box, ImageMethod, simulator
from foleydesigner.tools.panning import SPEED_OF_SOUND_M_S

RATE_HZ = 48_000


def _box(size: tuple[float, float, float] = (8.0, 9.0, 6.0), rt60_s: float = 0.6) -> Box:
    half = np.array([0.085, 0.0, 0.0])
    middle = np.array([4.0, 1.0, 3.0])
    return Box(size_m=size, rt60_s=rt60_s, microphones_m=np.stack([middle - half, middle + half]))


def test_the_first_reflection_is_where_the_image_says() -> None:
    box = _box()
    source = np.array([[4.0, 4.0, 3.0]])
    (response,) = ImageMethod().reflections(box, source, RATE_HZ)
    # The nearest image is behind the back wall (y = 0): 5 m from the pair, the source itself 3 m.
    wanted = (np.hypot(5.0, 0.085) - 3.0) / SPEED_OF_SOUND_M_S * RATE_HZ
    loud = np.abs(response[0])
    first = int(np.argmax(loud[: round(wanted) + 40]))
    assert abs(first - wanted) <= 1.0
    absorption = 0.161 * 8 * 9 * 6 / (0.6 * 2 * (72 + 54 + 48))
    assert loud[first] == pytest.approx(np.sqrt(1.0 - absorption) / 5.0, rel=0.08)
    assert loud[: first - 60].max() < 0.02 * loud[first]  # nothing of the direct path, 1/3, is left


def test_what_comes_from_the_middle_is_alike_in_both_channels() -> None:
    (response,) = ImageMethod().reflections(_box(), np.array([[4.0, 4.0, 3.0]]), RATE_HZ)
    np.testing.assert_allclose(response[0], response[1], atol=1e-6)


def test_a_near_and_a_far_source_start_at_once() -> None:
    responses = ImageMethod().reflections(_box(), np.array([[4.0, 2.0, 3.0], [4.0, 8.0, 3.0]]), RATE_HZ)
    starts = [int(np.argmax(np.abs(r[0]) > 0.02)) for r in responses]
    # Back wall: images at 3 - 1 and 9 - 7 m more than the direct ways; floor and ceiling come before the far one's.
    assert starts[0] <= round(2.0 / SPEED_OF_SOUND_M_S * RATE_HZ) + 2
    assert starts[1] <= round(2.0 / SPEED_OF_SOUND_M_S * RATE_HZ) + 2


def test_boxes_hold_their_moves_and_can_be_built() -> None:
    rng = np.random.default_rng(0)
    for kind in ("hall", "room", "chamber", "plate"):
        for _ in range(50):
            ends = rng.uniform(-45.0, 45.0, 2), rng.uniform(0.5, 10.0, 2)
            points = [(d * np.sin(np.deg2rad(a)), d * np.cos(np.deg2rad(a))) for a, d in zip(*ends, strict=True)]
            move = Move(start_m=points[0], end_m=points[1], start_s=0.0, end_s=9.0)
            box = draw_box(kind, 0.17, move, rng)
            inside = np.concatenate([box.sources_m(move.places_m(np.linspace(0.0, 9.0, 20))), box.microphones_m])
            assert (inside > 0.3).all()
            assert (inside < np.array(box.size_m) - 0.3).all()
            # The walls can be made: Sabine's absorption is below one.
            x, y, z = box.size_m
            assert 0.161 * x * y * z / (2.0 * (x * y + y * z + x * z) * box.rt60_s) < 0.86


def test_another_room_simulator_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatasetError, match="no room simulator"):
        simulator("cathedral")
    with pytest.raises(MissingExtraError, match="gpuRIR is not installed"):
        simulator("gpurir")
    monkeypatch.setattr(rooms, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="foleydesigner\\[dataset\\]"):
        simulator("pyroomacoustics")


def test_gpu_rir_speaks_the_same_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in with its signature: level 1 / (4 pi r), no delay of its own, images by number in each direction."""

    class Stand:
        @staticmethod
        def beta_SabineEstimation(size: tuple[float, ...], rt60_s: float) -> np.ndarray:  # noqa: N802
            return np.full(6, 0.7)

        @staticmethod
        def simulateRIR(size, beta, sources, receivers, images, length_s, rate, c):  # noqa: N802
            out = np.zeros((len(sources), len(receivers), round(length_s * rate)))
            for i, source in enumerate(sources):
                for j, receiver in enumerate(receivers):
                    metres = float(np.linalg.norm(source - receiver))
                    out[i, j, round(metres / c * rate)] += 1.0 / (4.0 * np.pi * metres)
                    if images[0] > 1:
                        out[i, j, round(5.0 / c * rate)] += 0.5 / (4.0 * np.pi * 5.0)
            return out

    monkeypatch.setattr(rooms, "find_spec", lambda name: object())
    monkeypatch.setitem(__import__("sys").modules, "gpuRIR", Stand)
    (response,) = simulator("gpurir").reflections(_box(), np.array([[4.0, 4.0, 3.0]]), RATE_HZ)
    at = round(5.0 / SPEED_OF_SOUND_M_S * RATE_HZ) - round(3.0 / SPEED_OF_SOUND_M_S * RATE_HZ)
    assert np.flatnonzero(response[0]).tolist() == [at]
    assert response[0, at] == pytest.approx(0.1, rel=1e-5)
