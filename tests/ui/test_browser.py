"""The app in a real browser: a person does the whole job, and asserts on the files that came of it.

FOLEY_SCREENSHOTS=docs keeps the pictures that the documentation shows.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import soundfile

from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder


def shoot(page: Any, name: str) -> None:
    folder = os.environ.get("FOLEY_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(1500)
        page.screenshot(path=Path(folder) / f"app_{name}.jpg", full_page=True, type="jpeg", quality=70)


def set_cell(page: Any, table: str, old: str, new: str) -> None:
    cells = f"{table} [role=gridcell]"
    page.locator(cells, has_text=old).first.dblclick()
    editor = page.locator(f"{cells} :is(input, textarea):focus")
    editor.wait_for()  # keys that come before it are nobody's
    editor.fill(new)
    editor.press("Enter")
    page.locator(cells, has_text=new).first.wait_for()


def test_a_person_does_the_whole_job(page: Any, app: Any, film: tuple[Path, Path], tmp_path: Path, begin: Any) -> None:
    job = JobFolder(app.jobs / begin(page, app.url, film))
    page.wait_for_selector("#script-approve", state="visible")
    ball = next(e for e in read_script(job).events if e.id == "ball")
    first = f"{ball.onsets_s[0]:.3f}"
    shoot(page, "script")
    set_cell(page, "#script-table", first, " ".join(["0.800", *(f"{t:.3f}" for t in ball.onsets_s[1:])]))
    page.fill("#script-reviewer :is(textarea, input)", "Ada")
    page.click("#script-check")
    page.wait_for_function("document.querySelector('#script-said :is(textarea, input)').value.startsWith('Good')")
    page.click("#script-approve")

    page.wait_for_selector("#take-again", state="visible")
    assert read_script(job).event("ball").onsets_s[0] == 0.8
    page.click("#take-event input")
    page.get_by_role("option").filter(has_text="(ball)").click()
    page.wait_for_function("document.querySelector('#take-times :is(textarea, input)').value.startsWith('0.800')")
    others = {e.id: job.take(e.id, "dry").read_bytes() for e in read_script(job).events if e.id != "ball"}
    before = job.take("ball", "dry").read_bytes()
    shoot(page, "takes")
    page.click("#take-again")
    page.wait_for_function("[...document.querySelectorAll('#take-top audio')].length >= 2")
    assert job.take("ball", "dry").read_bytes() != before
    assert all(job.take(event_id, "dry").read_bytes() == data for event_id, data in others.items())
    page.click("#takes-approve")

    page.wait_for_selector("#mix-approve", state="visible")
    shoot(page, "mix")
    page.click("#mix-approve")
    page.wait_for_selector("#deliver-top a.report")
    shoot(page, "deliver")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download surround_51.wav").click()
    download.value.save_as(tmp_path / "mix.wav")
    assert (tmp_path / "mix.wav").read_bytes() == job.surround.read_bytes()
    assert soundfile.info(tmp_path / "mix.wav").channels == 6
    decisions = json.loads(job.provenance.read_text("utf-8"))["decisions"]
    assert [(d["point"], d["verdict"]) for d in decisions] == [
        ("script", "edit"), ("takes", "edit"), ("takes", "approve"), ("mix", "approve"),
    ]  # fmt: skip
    assert decisions[0]["decided_by"] == "Ada"


def test_a_reload_and_a_killed_server_lose_nothing(page: Any, app: Any, film: tuple[Path, Path], begin: Any) -> None:
    job = JobFolder(app.jobs / begin(page, app.url, film, stops=("script", "mix")))
    page.wait_for_timeout(300)
    page.reload()  # in the middle of the work
    page.wait_for_selector("#script-approve", state="visible")
    page.goto("about:blank")  # an open page rightly complains of a server that is gone
    app.kill()
    app.start()
    page.goto(app.url)  # the browser remembers which job was open
    page.wait_for_selector("#script-approve", state="visible")
    assert page.input_value("#job-id :is(textarea, input)") == job.root.name
    page.click("#script-approve")
    page.wait_for_selector("#mix-approve", state="visible")
    page.fill("#mix-note :is(textarea, input)", "less reverb, please")
    page.click("#mix-reject")
    page.wait_for_function("document.querySelector('#mix-said :is(textarea, input)').value.startsWith('Rejected')")
    deadline = time.monotonic() + 60
    while job.read_record()["decisions"][-1]["note"] != "less reverb, please":
        assert time.monotonic() < deadline, job.read_record()
        time.sleep(0.2)


def test_a_stopped_job_is_gone_on_with(page: Any, app: Any, film: tuple[Path, Path], begin: Any) -> None:
    job = JobFolder(app.jobs / begin(page, app.url, film, stops=("mix",)))
    page.wait_for_selector("#stop", state="visible")
    page.click("#stop")
    page.wait_for_selector("#resume", state="visible")
    assert not job.stereo.exists()
    page.click("#resume")
    page.wait_for_selector("#mix-approve", state="visible")


def test_a_wrong_file_is_told_in_a_line(page: Any, app: Any, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("this is no film")
    jobs = set(app.jobs.iterdir())
    page.goto(app.url)
    page.set_input_files("#clip-file input[type=file]", str(tmp_path / "clip.mp4"))
    page.get_by_text("clip.mp4 is not a film").first.wait_for()
    page.click("#start")
    page.wait_for_timeout(1500)
    assert str(tmp_path) not in page.content()
    assert set(app.jobs.iterdir()) == jobs


def test_every_control_has_a_name_and_the_first_paint_is_quick(
    page: Any, app: Any, film: tuple[Path, Path], begin: Any
) -> None:
    page.goto(app.url)
    began = time.monotonic()
    page.reload()
    page.wait_for_selector("#start", state="visible")
    assert time.monotonic() - began <= 3.0
    begin(page, app.url, film, stops=("takes",))
    page.wait_for_selector("#take-again", state="visible")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, select, audio, video, a[href]')]
            .filter((e) => e.offsetParent && e.type !== 'hidden' && e.type !== 'file')
            .filter((e) => !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.title
                || e.textContent.trim() || e.placeholder || (e.labels && e.labels.length) || e.closest('label')))
            .map((e) => e.outerHTML.slice(0, 160))"""
    )
    assert nameless == []


def test_a_narrow_window_needs_no_sideways_scrolling(browser: Any, app: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(app.url)
    page.wait_for_selector("#start", state="visible")
    page.wait_for_timeout(1500)
    wide = page.evaluate("document.documentElement.scrollWidth")
    shoot(page, "narrow")
    context.close()
    assert wide <= 390


def test_a_review_is_answered_with_the_keyboard_alone(page: Any, app: Any, film: tuple[Path, Path], begin: Any) -> None:
    job = JobFolder(app.jobs / begin(page, app.url, film, stops=("script",)))
    page.wait_for_selector("#script-approve", state="visible")
    page.wait_for_timeout(1000)
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id || document.activeElement.parentElement.id") == "script-approve":
            break
    else:
        raise AssertionError("no way to the button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#deliver-top a.report", state="attached")
    assert job.surround.is_file()


def login(page: Any, url: str, name: str, password: str) -> None:
    page.goto(url)
    page.get_by_label("username").fill(name)
    page.get_by_label("password").fill(password)
    page.get_by_role("button", name="Login").click()
    page.wait_for_selector("#start", state="visible")


def test_two_people_see_only_their_own(browser: Any, guarded: Any, film: tuple[Path, Path], begin: Any) -> None:
    windows = [browser.new_context(), browser.new_context()]
    ada, bob = (window.new_page() for window in windows)
    login(ada, guarded.url, "ada", "secret-1")
    login(bob, guarded.url, "bob", "secret-2")
    job_id = begin(ada, guarded.url, film, stops=("script",))
    ada.wait_for_selector("#script-approve", state="visible")
    begin(bob, guarded.url, film, stops=("script",))
    bob.wait_for_selector("#script-approve", state="visible")
    script = f"{guarded.url}/media/{job_id}/script/foley_script.json"
    assert ada.request.get(script).status == 200
    assert bob.request.get(script).status == 404
    nobody = browser.new_context()
    assert nobody.request.get(script).status == 401
    bob.reload()
    bob.wait_for_selector("#script-approve", state="visible")
    bob.get_by_role("tab", name="Jobs").click()
    bob.click("#job-choice input")
    assert job_id[-6:] not in " ".join(bob.get_by_role("option").all_inner_texts())
    for window in (*windows, nobody):
        window.close()
