"""The whole analyser on small films whose movement is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from .films import HEIGHT, WIDTH, Film, analyse, paste, paste_ball, rgb, texture

FPS = 25.0
BACKGROUND = texture(WIDTH, HEIGHT)


def _view(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    return cv2.getRectSubPix(picture, (WIDTH, HEIGHT), (x + WIDTH / 2, y + HEIGHT / 2))


def _pan() -> Film:
    wide = texture(900, 400, 7)
    return [rgb(_view(wide, 20 + 3.3 * i, 100)) for i in range(50)]


def _shake() -> Film:
    wide = texture(900, 400, 7)
    path = np.cumsum(np.random.default_rng(2).standard_normal((50, 2)), axis=0)
    return [rgb(_view(wide, 200 + x, 100 + y)) for x, y in path]


def _noise() -> Film:
    rng = np.random.default_rng(2)
    return [rgb(BACKGROUND + 6 * rng.standard_normal(BACKGROUND.shape)) for _ in range(50)]


def _dissolve() -> Film:
    other = texture(WIDTH, HEIGHT, 9)
    return [rgb(BACKGROUND * (1 - a) + other * a) for a in np.linspace(0, 1, 50)]


def _exposure_drift() -> Film:
    return [rgb(BACKGROUND * gain) for gain in np.linspace(0.7, 1.2, 50)]


@pytest.mark.parametrize("film", [_pan, _shake, _noise, _dissolve, _exposure_drift])
def test_nothing_happens_in_a_scene_that_stands_still(film: object) -> None:
    result = analyse(film(), FPS)  # type: ignore[operator]
    assert result.tracks == ()
    assert result.impacts == ()
    assert result.bursts == ()
    assert result.shot_activity["shot_1"] < 0.002


def test_camera_motion_is_the_pan_in_picture_widths() -> None:
    speed = 3.3 * FPS / WIDTH
    assert analyse(_pan(), FPS).camera_motion["shot_1"] == pytest.approx(speed / 0.5, rel=0.05)


def test_two_that_cross_keep_their_identity() -> None:
    left, right = texture(30, 50, 11, (170, 250)), texture(34, 60, 12, (5, 60))
    film = []
    for i in range(90):
        frame = BACKGROUND.copy()
        paste(frame, left, 10 + 3.0 * i, 70)
        paste(frame, right, 280 - 2.8 * i, 62)
        film.append(rgb(frame))
    tracks = analyse(film, FPS).tracks
    assert len(tracks) == 2
    paths = sorted([(t.points[0].box.centre[0], t.points[-1].box.centre[0]) for t in tracks])
    assert paths[0] == pytest.approx((25 / WIDTH, (25 + 3.0 * 89) / WIDTH), abs=0.06)
    assert paths[1] == pytest.approx((297 / WIDTH, (297 - 2.8 * 89) / WIDTH), abs=0.06)
    assert all(t.steadiness > 0.7 for t in tracks)


def test_each_bounce_of_a_ball_is_an_impact_where_it_lands() -> None:
    rate, period_s, height_px, first_s = 30.0, 0.61, 70, 0.2
    film = []
    for i in range(120):
        phase = ((i / rate - first_s) % period_s) / period_s
        frame = BACKGROUND.copy()
        paste_ball(frame, 60 + 1.3 * i, 160 - 4 * height_px * phase * (1 - phase), 9)
        film.append(rgb(frame))
    result = analyse(film, rate)
    bounces_s = [first_s + k * period_s for k in range(1, 6)]
    strong = [impact for impact in result.impacts if impact.strength >= 0.3 and impact.time_s > 0.3]
    for bounce_s in bounces_s:
        nearest = min(strong, key=lambda impact: abs(impact.time_s - bounce_s))
        assert nearest.time_s == pytest.approx(bounce_s, abs=0.6 / rate)
        assert nearest.x == pytest.approx((60 + 1.3 * bounce_s * rate) / WIDTH, abs=0.08)
        assert nearest.y == pytest.approx(155 / HEIGHT, abs=0.15)
    assert len(strong) <= len(bounces_s) + 1
    main = max(result.tracks, key=lambda track: len(track.points))
    assert main.period_s == pytest.approx(period_s, abs=0.03)


def test_a_walker_has_the_step_and_its_phase() -> None:
    body, leg, step_s = texture(22, 50, 21, (180, 250)), texture(8, 44, 22, (150, 220)), 0.5
    film = []
    for i in range(100):
        time_s, frame = i / FPS, BACKGROUND.copy()
        hip_x = 15 + 72 * time_s
        for side in (0, 1):
            foot_x = _foot_ahead(time_s / step_s + side) * 72 * step_s
            matrix = cv2.getRotationMatrix2D((4, 0), float(np.degrees(np.arcsin(foot_x / 44))), 1)
            matrix[:, 2] += (hip_x - 4, 105)
            mask = cv2.warpAffine(np.ones_like(leg), matrix, (WIDTH, HEIGHT))
            frame = frame * (1 - mask) + cv2.warpAffine(leg, matrix, (WIDTH, HEIGHT)) * mask
        paste(frame, body, hip_x - 11, 58)
        film.append(rgb(frame))
    result = analyse(film, FPS)
    walker = max(result.tracks, key=lambda track: len(track.points))
    assert walker.step_s == pytest.approx(step_s, abs=0.02)
    # A foot is planted at each whole step.
    assert walker.step_phase_s is not None
    off_s = (walker.step_phase_s + step_s / 2) % step_s - step_s / 2
    assert abs(off_s) <= 0.22 * step_s  # these legs swing for half the cycle and evenly, as people's do not


def _foot_ahead(step: float) -> float:
    """Place of a foot before the hip in steps: planted for one step, swung forward in the next."""
    part = step % 2.0
    return 0.5 - part if part < 1.0 else part - 1.5


def test_a_picture_wide_mover_is_one_large_steady_track_without_impacts() -> None:
    wagons, film = texture(1200, 180, 15, (20, 200)), []
    for i in range(60):
        frame = BACKGROUND.copy()
        frame[20:170, 0:170] = cv2.getRectSubPix(wagons, (170, 150), (900 - 5 * i, 90))
        film.append(rgb(frame))
    result = analyse(film, FPS)
    assert len(result.tracks) == 1
    assert result.tracks[0].steadiness > 0.8
    box = result.tracks[0].points[30].box
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((0, 20 / 180, 170 / 320, 170 / 180), abs=0.06)
    assert result.tracks[0].mean_speed == pytest.approx(5 * FPS / WIDTH, rel=0.25)
    assert result.impacts == ()


def test_a_slow_descent_is_followed() -> None:
    saucer, film = texture(120, 40, 14, (20, 90)), []
    for i in range(150):
        frame = BACKGROUND.copy()
        paste(frame, saucer, 100, 30 + 0.12 * i)
        film.append(rgb(frame))
    result = analyse(film, FPS)
    assert len(result.tracks) == 1
    box = result.tracks[0].points[-1].box
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((100 / 320, 48 / 180, 220 / 320, 88 / 180), abs=0.09)
    assert result.tracks[0].mean_speed == pytest.approx(0.12 * FPS / WIDTH, rel=0.3)
    assert result.impacts == ()


@pytest.mark.parametrize("lengths", [[30, 30], None])
def test_a_cut_is_no_event(lengths: list[int] | None) -> None:
    other = texture(WIDTH, HEIGHT, 9)
    result = analyse([rgb(BACKGROUND)] * 30 + [rgb(other)] * 30, FPS, lengths)
    assert result.tracks == ()
    assert result.impacts == ()
    assert result.bursts == ()


def test_nothing_is_carried_over_a_cut() -> None:
    patch, film = texture(40, 40, 11, (170, 250)), []
    for i in range(60):
        frame = (BACKGROUND if i < 30 else texture(WIDTH, HEIGHT, 9)).copy()
        paste(frame, patch, 20 + 3.0 * i, 70)
        film.append(rgb(frame))
    tracks = analyse(film, FPS, [30, 30]).tracks
    assert [t.shot_id for t in tracks] == ["shot_1", "shot_2"]
    assert tracks[0].points[-1].frame < 30 <= tracks[1].points[0].frame
    assert len(analyse(film, FPS, [30, 30]).activity) == 60


def test_the_same_film_gives_the_same_result() -> None:
    film = _shake()[:20]
    assert analyse(film, FPS) == analyse(film, FPS)
