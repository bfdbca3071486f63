"""One take steered with a mouse: a hit is dragged, a path is drawn over the running picture, a recording is brought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from foleydesigner.graph.reading import read_cue, read_take_record
from foleydesigner.graph.retakes import kept_rounds
from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder

TIMES = "#take-times :is(textarea, input)"
PATH = "#take-path :is(textarea, input)"


def made_again(window: Any, job: JobFolder, round_: int) -> None:
    window.click("#take-again")
    window.wait_for_function(f"document.querySelector('#take-top').innerText.includes('Take {round_}, in use')")
    assert read_take_record(job, "ball").round == round_


def test_a_take_is_steered_by_hand(page: Any, app: Any, film: tuple[Path, Path], tmp_path: Path, begin: Any) -> None:
    job = JobFolder(app.jobs / begin(page, app.url, film, stops=("takes",)))
    page.wait_for_selector("#take-again", state="visible")
    page.click("#take-event input")
    page.get_by_role("option").filter(has_text="(ball)").click()
    ball = read_script(job).event("ball")
    page.wait_for_function(f"document.querySelector('{TIMES}').value.startsWith('{ball.onsets_s[0]:.3f}')")

    handle = page.locator(".dragline .handle").first
    handle.scroll_into_view_if_needed()
    box, line = handle.bounding_box(), page.locator(".dragline").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(line["x"] + line["width"] * 1.0 / 8.0, box["y"] + 10, steps=5)
    page.mouse.up()
    assert abs(float(page.input_value(TIMES).split()[0]) - 1.0) < 0.02

    page.click("#draw-path")
    area = page.locator(".drawing")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 60)
    page.mouse.down()
    for step in range(1, 20):
        page.mouse.move(box["x"] + (0.1 + 0.04 * step) * box["width"], box["y"] + 60)
        page.wait_for_timeout(80)
    page.mouse.up()
    points = [[float(number) for number in row.split()] for row in page.input_value(PATH).splitlines()]
    assert len(points) > 5
    assert points[0][1] < 0.2
    assert points[-1][1] > 0.6
    page.get_by_label("new seed").uncheck()
    made_again(page, job, 1)
    changed = read_script(job).event("ball")
    assert abs(changed.onsets_s[0] - 1.0) < 0.02
    assert changed.onsets_s[1:] == tuple(round(t, 3) for t in ball.onsets_s[1:])
    assert len(changed.placement.path) == len(points)
    assert read_cue(job, "ball").trajectory.sample(np.array([points[0][0]]))[0][0] < -20.0

    knock = np.exp(-np.arange(9600) / 800.0) * np.sin(np.arange(9600) * 0.1)
    soundfile.write(tmp_path / "knock.wav", knock, 48_000)
    page.set_input_files("#take-recording input[type=file]", str(tmp_path / "knock.wav"))
    page.get_by_text("knock.wav").first.wait_for()
    made_again(page, job, 2)
    assert read_take_record(job, "ball").engine == "recording"

    page.wait_for_function("document.querySelector('#take-rounds input').value.startsWith('take 2')")
    page.click("#take-rounds input")
    page.get_by_role("option").filter(has_text="take 0").click()
    page.wait_for_function("document.querySelector('#take-rounds input').value.startsWith('take 0')")
    page.click("#take-pick")
    page.wait_for_function("document.querySelector('#take-top').innerText.includes('Take 0, in use')")
    assert [record.round for record in kept_rounds(job, "ball")] == [0, 1, 2]
    assert read_script(job).event("ball") == ball
