"""The camera's similarity, on flow made from known parameters."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.camera import CameraMotion, fit_camera

ROWS, COLUMNS = 45, 80
TEXTURE = np.ones((ROWS, COLUMNS), dtype=np.float32)


@pytest.mark.parametrize(
    "camera", [CameraMotion(3.0, -1.0), CameraMotion(0.0, 0.0, 6.0), CameraMotion(1.0, 0.5, -4.0, 5.0)]
)
def test_recovers_pan_zoom_and_roll_under_noise_and_a_mover(camera: CameraMotion) -> None:
    rng = np.random.default_rng(0)
    flow = camera.field(ROWS, COLUMNS) + 0.05 * rng.standard_normal((ROWS, COLUMNS, 2)).astype(np.float32)
    flow[10:30, 20:45] += (5.0, 2.0)  # 14 % of the picture goes its own way
    found = fit_camera(flow, TEXTURE)
    np.testing.assert_allclose(found.field(ROWS, COLUMNS), camera.field(ROWS, COLUMNS), atol=0.1)
    assert 0.8 < found.inlier_share < 0.9


def test_a_mover_of_sixty_percent_is_not_the_background() -> None:
    flow = np.zeros((ROWS, COLUMNS, 2), dtype=np.float32)
    flow[:, :44] = (-4.0, 0.0)
    assert fit_camera(flow, TEXTURE).is_still


def test_sensor_noise_leaves_the_camera_exactly_still() -> None:
    flow = 0.1 * np.random.default_rng(1).standard_normal((ROWS, COLUMNS, 2)).astype(np.float32)
    assert fit_camera(flow, TEXTURE).mean_px == 0.0


def test_nothing_is_known_of_a_picture_without_texture() -> None:
    flow = np.full((ROWS, COLUMNS, 2), 3.0, dtype=np.float32)
    assert fit_camera(flow, np.zeros_like(TEXTURE)).mean_px == 0.0


def test_matrix_moves_pixels_as_the_field_says() -> None:
    camera = CameraMotion(2.0, 1.0, 3.0, -2.0)
    width, height = 320, 180
    moved = camera.matrix(height, width) @ np.array([[10.0], [20.0], [1.0]])
    expected = np.array([10.0, 20.0]) + camera.field(height, width)[20, 10]
    np.testing.assert_allclose(moved[:, 0], expected, atol=1e-4)
