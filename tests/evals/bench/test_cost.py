"""What a job costs: the growth that is allowed, watching a process, and the long film that it is measured on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from foleydesigner.evals.bench import cost, long_film
from foleydesigner.evals.bench.cost import Run
from foleydesigner.tools.demo_scene import FRAME_RATE, truth


def job(minutes: float, wall_s: float, peak_mb: float = 400.0, **changes: object) -> Run:
    values = {
        "film": f"{minutes:g}min.mp4", "length_s": 60.0 * minutes, "events": 5, "shots": 2, "wall_s": wall_s,
        "cpu_s": 1.5 * wall_s, "peak_mb": peak_mb, "stages_s": {}, "memory": (),
    }  # fmt: skip
    return Run.model_validate(values | changes)


def test_linear_cost_holds_and_quadratic_does_not() -> None:
    linear = [job(m, 8.0 + 20.0 * m) for m in (1, 5, 10)]
    assert [check.value for check in cost._growth(linear)] == [1.0, 1.0]
    assert cost._slopes(linear) == {
        "wall_s_per_minute": 20.0,
        "wall_s_at_start": 8.0,
        "cpu_s_per_minute": 30.0,
        "cpu_s_at_start": 12.0,
    }
    memory, further = cost._growth([job(m, 8.0 + 4.0 * m**2, 300.0 * m) for m in (1, 5, 10)])
    # (10^2 - 5^2) / 5 over (5^2 - 1) / 4 minutes.
    assert further.value == pytest.approx(15.0 / 6.0, abs=1e-3)
    assert memory.value == pytest.approx(10.0)
    assert not further.held
    assert not memory.held


def test_one_film_says_nothing_of_growth() -> None:
    assert cost._growth([job(1, 20.0)]) == []
    assert cost._slopes([job(1, 20.0)]) == {}
    assert len(cost._growth([job(1, 20.0), job(5, 80.0)])) == 1


def test_each_film_has_its_limits() -> None:
    good = job(3, 10.0 + 357.0, 1023.0, bed_dip_db=-11.0, start_offset_ms=4.0, end_offset_ms=4.9)
    assert [check.held for check in cost._single(good)] == [True] * 4
    bad = job(3, 10.0 + 363.0, 1025.0, bed_dip_db=-13.0, start_offset_ms=4.0, end_offset_ms=2.9)
    assert [check.held for check in cost._single(bad)] == [False] * 4
    assert len(cost._single(job(1, 20.0))) == 2


def test_offsets_are_of_the_near_ones_only() -> None:
    wanted, found = np.array([1.0, 2.0, 3.0]), np.array([1.01, 2.03, 3.5])
    assert cost._near_ms(wanted, found) == pytest.approx(20.0)
    assert cost._near_ms(wanted, found + 10.0) is None
    assert cost._near_ms(wanted, np.array([])) is None


def test_a_thinned_curve_keeps_its_peak() -> None:
    memory = [(0.25 * n, 100.0 + (900.0 if n == 777 else 0.0)) for n in range(1000)]
    thin = cost._thinned(memory)
    assert len(thin) <= 240
    assert max(mb for _, mb in thin) == 1000.0
    assert cost._thinned([]) == ()


def test_the_peak_of_a_process_is_what_it_took() -> None:
    pytest.importorskip("psutil")
    held = bytearray(400_000_000)
    held[::4096] = b"x" * len(held[::4096])  # what the watching process has is not the job's
    code = "b = bytearray(150_000_000); b[::4096] = b'x' * len(b[::4096]); import time; time.sleep(0.6)"
    process = subprocess.Popen([sys.executable, "-c", code])
    samples, peak_mb, cpu_s = cost._watched(process)
    assert process.returncode == 0
    assert 0.0 < cpu_s < 5.0
    assert 143.0 < peak_mb < 300.0
    assert samples
    failed = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    cost._watched(failed)
    assert failed.returncode == 3


@pytest.mark.parametrize("minutes", [0.1, 1.0, 10.0])
def test_contacts_repeat_with_the_scene(minutes: float) -> None:
    once = np.sort([*truth()["bounces_s"], *truth()["steps_s"]])
    times, count = long_film.contacts_s(minutes), long_film.scenes_in(minutes)
    assert count == max(1, round(60 * minutes / long_film.SCENE_S))
    assert len(times) == count * len(once)
    assert (np.diff(times) >= 0.0).all()
    np.testing.assert_allclose(times[-len(once) :], once + (count - 1) * long_film.SCENE_S, atol=1e-9)


def test_the_long_film_is_the_scene_again_and_again(tmp_path: Path) -> None:
    film = long_film.write_long_film(tmp_path, 2 * long_film.SCENE_S / 60.0)
    with av.open(str(film)) as container:
        frames = [(f.time, f.to_ndarray(format="gray")) for f in container.decode(video=0)]
    scene = round(long_film.SCENE_S * FRAME_RATE)
    assert len(frames) == 2 * scene
    np.testing.assert_allclose([t for t, _ in frames], np.arange(2 * scene) / FRAME_RATE, atol=1e-3)
    for n in (0, scene // 2, scene - 1):
        np.testing.assert_array_equal(frames[n][1], frames[scene + n][1])
